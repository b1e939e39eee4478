"""Who is calling: signed tokens (JWT, HS256), and the guards that ask for one.

Guards are asynchronous though they wait for nothing: Litestar runs others in threads, where `identify` has no effect.
"""

from __future__ import annotations

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
from tixmaster.boxoffice.users.model import User
from tixmaster.telemetry.asgi import identify

LIFETIME: Final = timedelta(days=7)
ALGORITHM: Final = "HS256"


class Caller(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The claims of a token."""

    user_id: UUID
    email: str
    role: str

    @property
    def is_probe(self) -> bool:
        """Whether this is on-call's synthetic shopper."""
        return self.role == "probe"


SignedIn = Request[Caller, Any, State]


class Tokens:
    """Signs and reads tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, user: User) -> str:
        """A token for a week."""
        expires = datetime.now(UTC) + LIFETIME
        claims = {"userId": str(user.id), "email": user.email, "role": user.role, "exp": expires}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def read(self, token: str) -> Caller:
        """Raises `ForbiddenError` when it is not ours, not whole or too old."""
        try:
            claims = jwt.decode(token, self._secret, [ALGORITHM], options={"require": ["exp"]})
            return msgspec.convert(claims, Caller)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise ForbiddenError("Invalid or expired token") from error


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Lets in whoever brings a token of ours; the handler finds them in `request.user`."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInError("Access token required")
    caller = connection.app.state.tokens.read(token.strip())
    connection.scope["user"] = caller
    identify(caller.user_id)


async def admin_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in administrators."""
    await _only("admin", connection, handler)


async def probe_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets in on-call's synthetic shopper."""
    await _only("probe", connection, handler)


async def _only(role: str, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    await signed_in(connection, handler)
    if connection.user.role != role:
        raise ForbiddenError("You may not do this")
