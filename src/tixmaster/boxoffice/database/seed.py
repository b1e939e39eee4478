"""The first rows: the accounts whose passwords the operator holds, the probe event, and events to try things on."""

from __future__ import annotations

from typing import Final

import asyncpg

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.users.passwords import Passwords

ADMIN_EMAIL: Final = "admin@tixmaster.invalid"
PROBE_EMAIL: Final = "probe@tixmaster.invalid"

_DEMO_EVENTS = statement(__package__, "demo_events")
_PROBE_EVENT = statement(__package__, "probe_event")
_ACCOUNT = """
INSERT INTO users (email, password_hash, name, role) VALUES ($1, $2, $3, $4)
ON CONFLICT (lower(email)) DO UPDATE
SET password_hash = excluded.password_hash, token_version = users.token_version + 1, updated_at = now()
"""


async def seed(connection: asyncpg.Connection, settings: Settings, passwords: Passwords) -> None:
    """Creates what is missing; a changed password file changes the password."""
    await _account(connection, passwords, ADMIN_EMAIL, settings.admin_password, "Administrator", "admin")
    await _account(connection, passwords, PROBE_EMAIL, settings.probe_password, "Synthetic shopper", "probe")
    async with connection.transaction():
        await connection.execute("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")
        await connection.execute(_PROBE_EVENT)
        if settings.demo_events:
            await connection.execute(_DEMO_EVENTS)


async def _account(
    connection: asyncpg.Connection, passwords: Passwords, email: str, password: str, name: str, role: str
) -> None:
    known = await connection.fetchval("SELECT password_hash FROM users WHERE lower(email) = $1", email)
    if known is None or not await passwords.match(known, password):
        await connection.execute(_ACCOUNT, email, await passwords.hash(password), name, role)
