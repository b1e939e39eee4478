"""Who is calling: signed tokens (JWT, HS256), and the guards that ask for one.

A token is valid for a week, unless its account changes its password or, for a token in a session cookie, its owner logs out.
The guards ask the database for both with one indexed read, together with the role: a demotion holds from the next request.
Only buying with an API token asks nothing beforehand: the statement that sells checks the token (`sell.sql`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ForbiddenError, SignInError
from tixmaster.boxoffice.users import queries
from tixmaster.boxoffice.users.model import User
from tixmaster.telemetry.asgi import identify

LIFETIME: Final = timedelta(days=7)
ALGORITHM: Final = "HS256"
REMEMBERED: Final = 20_000
"""Tokens whose signature need not be checked again, about 600 bytes each; the oldest is forgotten first."""


class Caller(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The claims of a token. Behind every guard but `buyers_only` the role is the current one, whatever the token says."""

    user_id: UUID
    email: str
    role: str
    ver: int = 0
    """The version of the account's tokens; tokens without it are from before there was one."""
    sid: UUID | None = None
    """The session of the storefront that the token belongs to; API tokens have none."""

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

    def sign(self, user: User, version: int = 0) -> str:
        """A token for a week, to be used with the API. `version` is that of the account's tokens."""
        return self._encode(user, version)

    def sign_session(self, user: User, version: int) -> str:
        """A token for a week, for the cookie of a new session that can be ended."""
        return self._encode(user, version, sid=str(uuid4()))

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

    def _encode(self, user: User, version: int, **more: str) -> str:
        expires = datetime.now(UTC) + LIFETIME
        claims = {"userId": str(user.id), "email": user.email, "role": user.role, "ver": version, "exp": expires}
        return jwt.encode(claims | more, self._secret, ALGORITHM)

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


async def current(database: Database, caller: Caller) -> Caller | None:
    """The caller with the role of now, from one indexed read; None when the token or its session has ended."""
    role = await queries.standing(database, caller.user_id, caller.ver, caller.sid)
    return None if role is None else msgspec.structs.replace(caller, role=role)


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Lets in whoever brings a token of ours that has not ended; the handler finds them in `request.user`."""
    await _let_in(connection, _bearer_of(connection))


async def buyers_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """As `signed_in`, for handlers that only call `place`: it refuses a token that a password change has ended."""
    caller = _bearer_of(connection)
    if caller.sid is None:
        connection.scope["user"] = caller
    else:
        await _let_in(connection, caller)


ADMINISTRATORS: Final = ("admin",)
ORGANIZERS: Final = ("organizer", "admin")
PROBES: Final = ("probe",)


async def admin_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in administrators."""
    await signed_in(connection, handler)
    require(connection.user, ADMINISTRATORS)


async def organizer_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in organisers and administrators; whose event it is, the handler finds out."""
    await signed_in(connection, handler)
    require(connection.user, ORGANIZERS)


async def probe_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in on-call's synthetic shopper."""
    await signed_in(connection, handler)
    require(connection.user, PROBES)


def require(caller: Caller, roles: tuple[str, ...]) -> None:
    """Raises `ForbiddenError` where the caller's role is none of these."""
    if caller.role not in roles:
        raise ForbiddenError("You may not do this")


def _bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """The caller as the token says; raises `SignInError`, `ForbiddenError`."""
    token = bearer(connection.headers.get("authorization", ""))
    if not token:
        raise SignInError("Access token required")
    caller: Caller = connection.app.state.office.tokens.read(token)
    identify(caller.user_id)
    return caller


async def _let_in(connection: ASGIConnection[Any, Any, Any, Any], caller: Caller) -> None:
    found = await current(connection.app.state.office.database, caller)
    if found is None:
        raise ForbiddenError("Invalid or expired token")
    connection.scope["user"] = found
