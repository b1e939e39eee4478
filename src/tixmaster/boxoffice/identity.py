"""Who is calling: signed tokens (JWT, HS256), and the guards that ask for one.

A token says for a week what somebody was when they signed in. Where a role opens more than one's own things, the guards
ask the database what they are now: who was an organiser this morning is none as soon as an administrator says so.

Guards are asynchronous though they wait for nothing: Litestar runs others in threads, where `identify` has no effect.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt
import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler

from tixmaster.boxoffice.errors import ForbiddenError, SignInError
from tixmaster.boxoffice.users import queries
from tixmaster.boxoffice.users.model import User
from tixmaster.telemetry.asgi import identify

LIFETIME: Final = timedelta(days=7)
ALGORITHM: Final = "HS256"
REMEMBERED: Final = 20_000
"""Tokens whose signature need not be checked again, about 600 bytes each; the oldest is forgotten first."""


class Caller(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The claims of a token. Behind `admin_only` and `organizer_only` the role is the one of now."""

    user_id: UUID
    email: str
    role: str

    @property
    def is_admin(self) -> bool:
        """Whether this is an administrator, who may see and change what is anybody's."""
        return self.role == "admin"

    @property
    def is_probe(self) -> bool:
        """Whether this is on-call's synthetic shopper."""
        return self.role == "probe"


SignedIn = Request[Caller, Any, State]


class Tokens:
    """Signs and reads tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._seen: dict[str, tuple[Caller, float]] = {}

    def sign(self, user: User) -> str:
        """A token for a week."""
        expires = datetime.now(UTC) + LIFETIME
        claims = {"userId": str(user.id), "email": user.email, "role": user.role, "exp": expires}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def known(self, token: str) -> Caller | None:
        """As `read`, from memory where possible: a token that was good stays good until it is too old. None: it is not."""
        seen = self._seen.get(token)
        if seen is None:
            try:
                seen = self._remember(token, *self._decode(token))
            except ForbiddenError:
                return None
        caller, expires = seen
        return caller if time.time() < expires else None

    def read(self, token: str) -> Caller:
        """Raises `ForbiddenError` when it is not ours, not whole or too old."""
        return self.known(token) or self._decode(token)[0]

    def _remember(self, token: str, caller: Caller, expires: float) -> tuple[Caller, float]:
        if len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[token] = caller, expires
        return caller, expires

    def _decode(self, token: str) -> tuple[Caller, float]:
        try:
            claims = jwt.decode(token, self._secret, [ALGORITHM], options={"require": ["exp"]})
            return msgspec.convert(claims, Caller), float(claims["exp"])
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise ForbiddenError("Invalid or expired token") from error


def bearer(authorization: str) -> str:
    """The token in the header (RFC 6750, 2.1), or nothing."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Lets in whoever brings a token of ours; the handler finds them in `request.user`."""
    token = bearer(connection.headers.get("authorization", ""))
    if not token:
        raise SignInError("Access token required")
    caller = connection.app.state.tokens.read(token)
    connection.scope["user"] = caller
    identify(caller.user_id)


ADMINISTRATORS: Final = ("admin",)
ORGANIZERS: Final = ("organizer", "admin")


async def admin_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in administrators."""
    await _only(ADMINISTRATORS, connection, handler)


async def organizer_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in organisers and administrators; whose event it is, the handler finds out."""
    await _only(ORGANIZERS, connection, handler)


async def probe_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in on-call's synthetic shopper."""
    await signed_in(connection, handler)
    if not connection.user.is_probe:  # a role that nobody can be given or lose
        raise ForbiddenError("You may not do this")


async def with_role(connection: ASGIConnection[Any, Any, Any, Any], caller: Caller, roles: tuple[str, ...]) -> Caller:
    """The caller with the role of now; raises `ForbiddenError` where it is none of these."""
    role = await queries.role(connection.app.state.database, caller.user_id)
    if role not in roles:
        raise ForbiddenError("You may not do this")
    return msgspec.structs.replace(caller, role=role)


async def _only(
    roles: tuple[str, ...], connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    await signed_in(connection, handler)
    connection.scope["user"] = await with_role(connection, connection.user, roles)
