"""How the sales of an event went: seats by the time of their payment, in steps that fit the time they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.organizers.queries import SALES_SECONDS

MOST_STEPS: Final = 48
STEPS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=28),
)
ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Steps are counted from here, as in the statement: by whole hours, and days in UTC."""

_SPAN = statement(__package__, "sales_span")
_COURSE = statement(__package__, "sales_course")


@dataclass(frozen=True, kw_only=True)
class Sold:
    """Seats that were paid from `since` for the length of a step."""

    since: datetime
    seats: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """All steps from the first sale to the last, also those without any."""

    step: timedelta
    sold: list[Sold]


async def course(database: Database, event_id: int) -> Course:
    """The sales of an event; refunded ones are left out. Empty where nothing is sold."""
    async with database.connection(SALES_SECONDS) as connection:
        span = await connection.fetchrow(_SPAN, event_id)
        if span["first"] is None:
            return Course(step=STEPS[0], sold=[])
        step = step_for(span["last"] - span["first"])
        seats = {row["since"]: row["seats"] for row in await connection.fetch(_COURSE, event_id, step)}
    first, last = min(seats), max(seats)
    times = [first + step * place for place in range((last - first) // step + 1)]
    return Course(step=step, sold=[Sold(since=time, seats=seats.get(time, 0)) for time in times])


def step_for(span: timedelta) -> timedelta:
    """The shortest step of which not too many are needed; beyond a few years the longest, however many."""
    return next((step for step in STEPS if span / step < MOST_STEPS), STEPS[-1])
