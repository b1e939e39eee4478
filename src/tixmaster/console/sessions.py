"""Sessions: an encrypted, signed cookie that names the account, and the rule that every route wants one."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from tixmaster.console import accounts
from tixmaster.console.accounts import Account
from tixmaster.oncall.desk import Desk
from tixmaster.telemetry.asgi import identify

COOKIE = "session"
LIFETIME = timedelta(hours=12)


class Ticket(msgspec.Struct, frozen=True):
    """What the cookie holds."""

    name: str
    seal: str


class Sessions:
    """Opens sessions and reads them. Nothing is kept here, so a restart of on-call signs nobody out."""

    def __init__(self, desk: Desk, key: str) -> None:
        self._desk = desk
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def cookie(self, account: Account) -> Cookie:
        """The cookie of a new session; it ends `LIFETIME` after now."""
        ticket = msgspec.json.encode(Ticket(name=account.name, seal=account.seal))
        return Cookie(
            key=COOKIE,
            value=self._fernet.encrypt(ticket).decode(),
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
        )

    def account(self, value: str | None) -> Account | None:
        """Whose session it is; None where it is forged, too old, or the account or its password has changed."""
        try:
            plain = self._fernet.decrypt(value or "", ttl=int(LIFETIME.total_seconds()))
            ticket = msgspec.json.decode(plain, type=Ticket)
        except (InvalidToken, msgspec.DecodeError):
            return None
        account = accounts.find(self._desk, ticket.name)
        return account if account and account.seal == ticket.seal else None


class Authentication(AbstractAuthenticationMiddleware):
    """Lets nobody pass without a session, except where a route is marked otherwise."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        super().__init__(app, exclude_http_methods=[])
        self._sessions = sessions

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """The account behind the cookie; raises `NotAuthorizedException`."""
        account = await asyncio.to_thread(self._sessions.account, connection.cookies.get(COOKIE))
        if account is None:
            raise NotAuthorizedException("sign in first")
        identify(account.name)
        return AuthenticationResult(user=account, auth=None)


async def may_act(connection: ASGIConnection[Any, Account, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard: looking is for everybody who is signed in, acting is for responders and administrators."""
    if not connection.user.may_act:
        raise PermissionDeniedException(f"{connection.user.name} may look, not act: the role is {connection.user.role}")
