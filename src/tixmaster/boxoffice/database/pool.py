"""Connections to PostgreSQL, lent under a deadline: no request waits longer, however the database is broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg

from tixmaster.boxoffice.database.connect import connect
from tixmaster.boxoffice.database.watch import Watch
from tixmaster.boxoffice.errors import DatabaseAwayError

AWAY: Final = (
    OSError,  # refused, reset, unreachable; includes TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,  # starting up or shutting down
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,  # the connection closed under our hands
    asyncpg.InternalClientError,  # it is about to: the server's last words were read, its end was not
)
"""What asyncpg raises when the database, not the statement, is the trouble."""


class Database:
    """The one way to the database. Every method raises `DatabaseAwayError` when it does not answer in time."""

    def __init__(self, pool: asyncpg.Pool, watch: Watch, deadline: timedelta) -> None:
        """`deadline` is for waiting for a connection, making it and everything done with it."""
        self._pool = pool
        self._watch = watch
        self._seconds = deadline.total_seconds()
        self.waiting = 0

    @property
    def size(self) -> int:
        """Connections open now."""
        return int(self._pool.get_size())

    @property
    def in_use(self) -> int:
        """Connections lent now."""
        return int(self._pool.get_size() - self._pool.get_idle_size())

    @asynccontextmanager
    async def connection(self, seconds: float | None = None) -> AsyncIterator[asyncpg.Connection]:
        """Lends a connection for the length of the block, at most `seconds`, else until the deadline."""
        seconds = self._seconds if seconds is None else seconds
        if self._watch.trouble is not None:
            raise DatabaseAwayError from self._watch.trouble
        try:
            async with asyncio.timeout(seconds), self._lend() as connection:
                yield connection
        except AWAY as error:
            self._watch.look_now()
            raise DatabaseAwayError from _told(error, seconds)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """All rows of one statement."""
        async with self.connection() as connection:
            return list(await connection.fetch(sql, *values))

    async def row(self, sql: str, *values: object) -> Any:
        """The first row of one statement, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *values)

    async def answers(self, seconds: float) -> None:
        """Returns when the database has answered the simplest question."""
        async with self.connection(seconds) as connection:
            await connection.fetchval("SELECT 1")

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[asyncpg.Connection]:
        self.waiting += 1
        try:
            connection = await self._pool.acquire()
        finally:
            self.waiting -= 1
        try:
            yield connection
        except (asyncio.CancelledError, asyncpg.InternalClientError):
            # A statement may still be running on it; asking a dumb database to cancel would only wait again.
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection)


def _told(error: Exception, seconds: float) -> Exception:
    """The error with words, where the library leaves them out."""
    if isinstance(error, TimeoutError) and not str(error):
        return TimeoutError(f"PostgreSQL did not answer within {seconds:g} s")
    return error


async def keep_session(_connection: asyncpg.Connection) -> None:
    """Replaces asyncpg's reset between borrowers, a round trip that undoes session settings: we make none."""


def open_pool(url: str, connections: int) -> asyncpg.Pool:
    """A pool that connects when first asked, so that the process starts without a database."""
    return asyncpg.create_pool(
        url,
        connect=connect,
        min_size=0,
        max_size=connections,
        reset=keep_session,
        server_settings={"application_name": "tixmaster-backend"},
    )
