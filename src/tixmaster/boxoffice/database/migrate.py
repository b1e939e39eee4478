"""Applies `migrations/NNNN_name.sql` in order, each once, in a transaction of its own."""

from __future__ import annotations

from importlib import resources
from typing import Final

import asyncpg
import structlog

LOCK: Final = 7_415_001
"""The advisory lock under which one process migrates while others wait; any number nobody else uses."""

_log = structlog.stdlib.get_logger()


def migrations() -> dict[str, str]:
    """File name → SQL, in the order of their numbers."""
    folder = resources.files(__package__ or "").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {file.name: file.read_text(encoding="utf-8") for file in files}


async def migrate(connection: asyncpg.Connection) -> None:
    """Brings the schema up to date; harmless when it is, and when several processes start at once."""
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {row["name"] for row in await connection.fetch("SELECT name FROM schema_migrations")}
        for name, sql in migrations().items():
            if name not in applied:
                await _apply(connection, name, sql)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _apply(connection: asyncpg.Connection, name: str, sql: str) -> None:
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("INSERT INTO schema_migrations (name) VALUES ($1)", name)
    _log.info("migration applied", migration=name)
