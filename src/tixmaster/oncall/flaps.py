"""Flapping: an alert that comes and goes is one trouble, not many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from tixmaster.oncall.store.schema import timeline

WINDOW: Final = timedelta(minutes=15)
MANY: Final = 3
"""So many returns within `WINDOW` are flapping."""
QUIET: Final = timedelta(minutes=5)
"""How long after its last return a flapping incident stays open."""


def count(connection: sa.Connection, number: int, now: datetime) -> int:
    """How often alerts of the incident fired again within the last `WINDOW`."""
    return len(_returns(connection, number, now))


def quiet_at(connection: sa.Connection, number: int, now: datetime) -> datetime | None:
    """When a flapping incident counts as quiet, if nothing returns; None for one that does not flap."""
    returns = _returns(connection, number, now)
    return max(returns) + QUIET if len(returns) >= MANY else None


def _returns(connection: sa.Connection, number: int, now: datetime) -> list[datetime]:
    query = sa.select(timeline.c.at).where(
        timeline.c.incident == number,
        timeline.c.kind == "fired-again",
        timeline.c.at.between(now - WINDOW, now + QUIET),  # what lies further ahead is of a clock that was set back
    )
    return list(connection.execute(query).scalars())
