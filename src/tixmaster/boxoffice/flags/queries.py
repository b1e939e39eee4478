"""The statements about flags."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.flags.model import Flag

_TURN = statement(__package__, "turn")


async def all_flags(database: Database) -> dict[str, Flag]:
    """Every flag by its key."""
    rows = await database.rows("SELECT key, enabled, description, updated_at FROM feature_flags ORDER BY key")
    return {row["key"]: _flag(row) for row in rows}


async def find(database: Database, key: str) -> Flag | None:
    """One flag."""
    row = await database.row("SELECT enabled, description, updated_at FROM feature_flags WHERE key = $1", key)
    return row and _flag(row)


async def turn(database: Database, actor: UUID, key: str, enabled: bool) -> Flag | None:
    """Turns a flag and notes who did; None when there is no such flag."""
    row = await database.row(_TURN, key, enabled, actor)
    return row and _flag(row)


def _flag(row: Any) -> Flag:
    return Flag(enabled=row["enabled"], description=row["description"], updated_at=row["updated_at"])
