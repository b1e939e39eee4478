"""Known devices: a long-lived cookie says that somebody has signed in to an account in this browser before.

It opens nothing. It only takes the browser out of the counters of strangers (`throttle.py`). A change of the password and
signing out everywhere make it worthless.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as randomness
from datetime import timedelta
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from tixmaster.console import accounts
from tixmaster.console.accounts import Account
from tixmaster.oncall.desk import Desk

LIFETIME = timedelta(days=365)
PATH = "/login"
"""The only place that asks for it."""


class _Mark(msgspec.Struct, frozen=True):
    """What the cookie holds. `id` is new at each sign-in: a stolen copy is slowed down by itself from then on."""

    name: str
    seal: str
    id: str


class Devices:
    """Marks browsers and knows them again."""

    def __init__(self, desk: Desk, key: str) -> None:
        self._desk = desk
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"device|{key}".encode()).digest()))

    def cookie(self, account: Account) -> Cookie:
        """The mark of a browser in which somebody has just signed in."""
        mark = _Mark(name=account.name, seal=account.seal, id=randomness.token_hex(8))
        return Cookie(
            key=_cookie_of(account.name),
            value=self._fernet.encrypt(msgspec.json.encode(mark)).decode(),
            path=PATH,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
        )

    def known(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
        """The device's id where it is one of the account of that name, else None."""
        value = connection.cookies.get(_cookie_of(name))
        if value is None:
            return None
        try:
            plain = self._fernet.decrypt(value, ttl=int(LIFETIME.total_seconds()))
            mark = msgspec.json.decode(plain, type=_Mark)
        except (InvalidToken, msgspec.DecodeError):
            return None
        account = accounts.find(self._desk, name) if mark.name == name else None
        return mark.id if account and account.seal == mark.seal else None


def _cookie_of(name: str) -> str:
    """One cookie for each account: several people may use a browser."""
    return f"device-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
