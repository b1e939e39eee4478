"""Puts the parts together: a pool, the watch over it, and what is to be done when the database comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tixmaster.boxoffice.database.connect import connect
from tixmaster.boxoffice.database.migrate import migrate
from tixmaster.boxoffice.database.pool import Database, open_pool
from tixmaster.boxoffice.database.seed import seed
from tixmaster.boxoffice.database.watch import Watch
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.users.passwords import Passwords

ASK_SHARE: Final = 2 / 3
"""Of the deadline of requests: how long the database may take to answer whether it is there."""


@asynccontextmanager
async def open_database(settings: Settings, passwords: Passwords) -> AsyncIterator[Database]:
    """The database for the length of the block, there or not; it is migrated and seeded as soon as it answers."""
    url, ask_seconds = settings.database_url, settings.database_deadline.total_seconds() * ASK_SHARE
    pool = open_pool(url, settings.database_connections)

    async def ask() -> None:
        async with asyncio.timeout(ask_seconds):
            connection = await connect(url)
            try:
                await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()

    async def welcome() -> None:
        connection = await connect(url, timeout=ask_seconds)
        try:
            await migrate(connection)
            await seed(connection, settings, passwords)
        finally:
            connection.terminate()
        await pool.expire_connections()

    watch = Watch(ask, welcome)
    await pool
    watching = asyncio.create_task(watch.run())
    try:
        yield Database(pool, watch, settings.database_deadline)
    finally:
        watching.cancel()
        pool.terminate()
