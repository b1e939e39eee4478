"""Slows down guessing of passwords: ten wrong ones for an account from one address within five minutes, and no more.

An attempt is counted before the password is checked, in the database, so that neither requests at the same moment nor several
processes get more. The count is of account *and* address: nobody can lock the owner out from elsewhere. It ends with its
window, which a refused attempt does not extend, and with the right password.

Nothing is evicted, so a flood of names cannot make room for more guesses. The table stays small all the same: each row is an
attempt that was checked, the threads of `passwords.py` check some dozens a second, and a row lives for one window.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import BusyError, TooManyAttemptsError
from tixmaster.boxoffice.users.passwords import MOST_WAITING, THREADS

ATTEMPTS: Final = 10
WINDOW: Final = timedelta(minutes=5)
SWEEP: Final = 1000
"""The most counts that are forgotten in one statement."""
PREFIX: Final = 64
"""Bits of an IPv6 address that name a network (RFC 6177): its owner has all addresses within it."""

_COUNT = statement(__package__, "count_attempt")
_SWEEP = statement(__package__, "sweep_attempts")


class LoginThrottle:
    """Lets attempts pass, a few of one account and address at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._doors: dict[bytes, _Door] = {}
        self._inside = 0

    @asynccontextmanager
    async def attempt(self, account: str, address: str) -> AsyncIterator[None]:
        """Holds one attempt. A block that ends well forgets the count; one that raises leaves the attempt counted, except
        where the password could not be checked (`BusyError`). Raises `TooManyAttemptsError`, `BusyError`."""
        subject = _subject(account, address)
        async with self._in_turn(subject):
            if await self._database.row(_COUNT, subject, ATTEMPTS, WINDOW) is None:
                raise TooManyAttemptsError("Too many failed attempts. Please wait a few minutes and try again.")
            try:
                yield
            except BusyError:
                await self._database.row(
                    "UPDATE password_attempts SET attempts = attempts - 1 WHERE subject = $1", subject
                )
                raise
            await self._database.row("DELETE FROM password_attempts WHERE subject = $1", subject)

    @asynccontextmanager
    async def _in_turn(self, subject: bytes) -> AsyncIterator[None]:
        """As many at a time as passwords are checked. More would only be counted too early: somebody who logs in twenty
        times at once with the right password would be refused for attempts that have not failed."""
        if self._inside >= MOST_WAITING:
            raise BusyError
        door = self._doors.setdefault(subject, _Door())
        door.users += 1
        self._inside += 1
        try:
            async with door.turn:
                yield
        finally:
            self._inside -= 1
            door.users -= 1
            if not door.users:
                del self._doors[subject]


class _Door:
    """Before one account and address. It is there while somebody uses it."""

    def __init__(self) -> None:
        self.users = 0
        self.turn = asyncio.Semaphore(THREADS)


async def sweep(database: Database) -> None:
    """Forgets the counts whose window is over."""
    while len(await database.rows(_SWEEP, SWEEP)) == SWEEP:
        pass


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a socket without one
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found.packed, PREFIX), strict=False))


def _subject(account: str, address: str) -> bytes:
    return hashlib.sha256(f"{network(address)} {account}".encode()).digest()
