"""Sessions: an encrypted, signed cookie that names the account, and the rule that every route wants one.

The cookie is all there is of a session until somebody signs out: then its id stands among the ended ones of the state.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets as randomness
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.response import ServerSentEventMessage
from litestar.types import ASGIApp

from tixmaster.console import accounts
from tixmaster.console.accounts import Account
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store.schema import ended_session
from tixmaster.oncall.store.upsert import insert
from tixmaster.telemetry.asgi import identify

COOKIE = "session"
LIFETIME = timedelta(hours=12)


class Ticket(msgspec.Struct, frozen=True):
    """What the cookie holds."""

    name: str
    seal: str
    id: str


class Sessions:
    """Opens sessions, reads and ends them. Nothing is kept here, so a restart of on-call signs nobody out, or in."""

    def __init__(self, desk: Desk, key: str) -> None:
        self._desk = desk
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def cookie(self, account: Account) -> Cookie:
        """The cookie of a new session; it ends `LIFETIME` after now."""
        ticket = msgspec.json.encode(Ticket(name=account.name, seal=account.seal, id=randomness.token_hex(16)))
        return Cookie(
            key=COOKIE,
            value=self._fernet.encrypt(ticket).decode(),
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
        )

    def account(self, value: str | None) -> Account | None:
        """Whose session it is; None where it is forged, too old or ended, or the account or its password has changed."""
        ticket = self._ticket(value)
        if ticket is None:
            return None
        account = accounts.find_signed_in(self._desk, ticket.name, ticket.id)
        return account if account and account.seal == ticket.seal else None

    def end(self, value: str | None) -> None:
        """Ends the session of a cookie: no copy of it opens anything any more. Forgets those that are too old by now."""
        ticket = self._ticket(value)
        if ticket is None:
            return
        now = self._desk.now()
        with self._desk.database.write() as connection:
            connection.execute(sa.delete(ended_session).where(ended_session.c.ends_at < now))
            row = insert(connection, ended_session).values(id=ticket.id, ends_at=now + LIFETIME)
            connection.execute(row.on_conflict_do_nothing(index_elements=["id"]))

    def _ticket(self, value: str | None) -> Ticket | None:
        try:
            plain = self._fernet.decrypt(value or "", ttl=int(LIFETIME.total_seconds()))
            return msgspec.json.decode(plain, type=Ticket)
        except (InvalidToken, msgspec.DecodeError):
            return None


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


async def while_signed_in(
    sessions: Sessions, connection: ASGIConnection[Any, Any, Any, Any], events: AsyncGenerator[ServerSentEventMessage]
) -> AsyncGenerator[ServerSentEventMessage]:
    """The events of an open page until its session ends; each is sent only while the session lasts."""
    cookie = connection.cookies.get(COOKIE)
    async with aclosing(events):
        async for event in events:
            if await asyncio.to_thread(sessions.account, cookie) is None:
                return
            yield event


async def may_act(connection: ASGIConnection[Any, Account, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard: looking is for everybody who is signed in, acting is for responders and administrators."""
    if not connection.user.may_act:
        raise PermissionDeniedException(f"{connection.user.name} may look, not act: the role is {connection.user.role}")
