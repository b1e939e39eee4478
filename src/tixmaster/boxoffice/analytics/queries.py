"""The statements about analytics."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from tixmaster.boxoffice.analytics.model import Note, Noted, Summary
from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ForbiddenError, InvalidError

PAGE: Final = 200


async def add(database: Database, user_id: UUID, note: Note) -> int:
    """Stores a note; its id. Raises `InvalidError` when it is too large."""
    properties = msgspec.json.encode(note.properties).decode()
    try:
        row = await database.row(
            "INSERT INTO analytics_events (user_id, name, properties) VALUES ($1, $2, $3::jsonb) RETURNING id",
            user_id,
            note.event,
            properties,
        )
    except asyncpg.CheckViolationError as error:
        raise InvalidError("The properties hold more than 8 kB") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise ForbiddenError("Invalid or expired token") from error
    return int(row["id"])


async def newest(database: Database) -> list[Noted]:
    """The newest notes."""
    rows = await database.rows(
        "SELECT id, name AS event, user_id, properties, created_at FROM analytics_events "
        "ORDER BY created_at DESC LIMIT $1",
        PAGE,
    )
    return [Noted(**{**row, "properties": msgspec.json.decode(row["properties"])}) for row in rows]


async def counts(database: Database) -> dict[str, int]:
    """How often each thing was done in the last 30 days, the most frequent first."""
    rows = await database.rows(
        "SELECT name, count(*) AS times FROM analytics_events WHERE created_at > now() - interval '30 days' "
        "GROUP BY name ORDER BY times DESC, name LIMIT $1",
        PAGE,
    )
    return {row["name"]: row["times"] for row in rows}


async def summary(database: Database) -> Summary:
    """All notes in short."""
    row = await database.row(
        "SELECT count(*) AS events, count(DISTINCT user_id) AS users, count(DISTINCT name) AS kinds, "
        "max(created_at) AS last_at FROM analytics_events"
    )
    return Summary(**row)
