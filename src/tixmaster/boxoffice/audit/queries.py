"""Reading the audit log. Nobody writes it but the statements whose doing it notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement

PAGE: Final = 50
"""The most entries that a page shows."""

_NEWEST = statement(__package__, "newest")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who did what to what. `actor` is an email address; empty where the account is gone."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: str
    details: dict[str, Any]


async def newest(database: Database, before: int) -> list[Entry]:
    """Entries before the one with the id `before`, the newest first."""
    rows = await database.rows(_NEWEST, before, PAGE)
    return [Entry(**{**row, "details": msgspec.json.decode(row["details"])}) for row in rows]
