"""Counts, every few seconds, what is on sale and whether more was sold than there is."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg
import structlog

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import DatabaseAwayError
from tixmaster.boxoffice.metrics import BoxOfficeMetrics

EVERY_SECONDS: Final = 5.0
AWAY_SECONDS: Final = 0.5
"""How soon to ask again while the database is away, as at the start."""

_log = structlog.stdlib.get_logger()
_COUNT = statement(__package__, "stocktaking")


async def keep_counting(database: Database, metrics: BoxOfficeMetrics) -> None:
    """Counts until cancelled; while the database is away the last count stands."""
    while True:
        pause = EVERY_SECONDS
        try:
            await count(database, metrics)
        except DatabaseAwayError:
            pause = AWAY_SECONDS
        except asyncpg.PostgresError:
            _log.exception("stock could not be counted")
        await asyncio.sleep(pause)


async def count(database: Database, metrics: BoxOfficeMetrics) -> None:
    """Counts once."""
    row = await database.row(_COUNT)
    metrics.sales_open.set(row["sales_open"])
    metrics.oversold_seats.set(row["oversold_seats"])
