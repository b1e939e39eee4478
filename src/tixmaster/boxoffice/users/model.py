"""What callers send about accounts, and what they get to see."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from tixmaster.boxoffice import text

Email = Annotated[str, msgspec.Meta(max_length=254, extra_json_schema={"format": "email"})]
"""`address.py` says which are taken."""
NewPassword = Annotated[str, msgspec.Meta(min_length=8, max_length=200)]
Password = Annotated[str, msgspec.Meta(max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Phone = Annotated[str, msgspec.Meta(max_length=40)]


class Registration(msgspec.Struct, kw_only=True, frozen=True):
    """A new account."""

    email: Email
    password: NewPassword
    name: Name
    phone: Phone | None = None

    def __post_init__(self) -> None:
        text.check(self.name, "name")
        text.check(self.phone, "phone", blank=True)


class Login(msgspec.Struct, kw_only=True, frozen=True):
    """Who somebody claims to be."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Password


class ProfileChange(msgspec.Struct, kw_only=True, frozen=True):
    """What may be changed about oneself; what is left out stays."""

    name: Name | None = None
    phone: Phone | None = None

    def __post_init__(self) -> None:
        text.check(self.name, "name")
        text.check(self.phone, "phone", blank=True)


class PasswordChange(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """A new password, and the old one as proof."""

    current_password: Password
    new_password: NewPassword


class RoleChange(msgspec.Struct, kw_only=True, frozen=True):
    """What somebody is to be. Nobody becomes the synthetic shopper."""

    role: Literal["admin", "organizer", "user"]


class User(msgspec.Struct, kw_only=True, frozen=True):
    """An account as its owner sees it."""

    id: UUID
    email: str
    name: str
    phone: str | None
    role: str
    created_at: datetime


class Credentials(msgspec.Struct, kw_only=True, frozen=True):
    """An account, its password's hash, and the version that its tokens must name (claim `ver`)."""

    user: User
    password_hash: str
    token_version: int
