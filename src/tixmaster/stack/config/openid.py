"""Signing in to the console through an OpenID Connect provider."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from tixmaster.stack.config.record import Record

Issuer = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)(:\d+)?(/|\Z))", description="an https:// address"
    ),
]
"""As the provider writes itself; without TLS on this machine only."""


class Roles(Record, frozen=True, kw_only=True):
    """For each role of ours the values of the claim that give it; whoever has none of them is not let in."""

    administrator: tuple[str, ...] = ()
    responder: tuple[str, ...] = ()
    viewer: tuple[str, ...] = ()


class OpenId(Record, frozen=True, kw_only=True):
    """The provider, what it knows us by, and what its claims mean here (docs/sign-in.md)."""

    issuer: Issuer
    client_id: str
    client_secret_file: Path | None = None
    """A file with the secret; without it we are a public client, which PKCE alone protects."""
    title: str = "OpenID Connect"
    """What the button says people sign in with."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    """Whose value becomes the name of a new account."""
    role_claim: str = "groups"
    """A text, or a list of texts."""
    roles: Roles = Roles()
