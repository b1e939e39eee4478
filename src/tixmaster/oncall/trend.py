"""How it went, week by week: incidents, the times they took, and the causes that come back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.store.schema import cause, incident
from tixmaster.oncall.store.search import FIRST

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds that a number of incidents took: to somebody's word, and to the end of the trouble. None without any."""

    incidents: int
    acknowledge: float | None
    recover: float | None
    recover_median: float | None
    """The middle one: a single night does not move it."""


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """A first cause: how often in each week, how often in as many weeks before, and when last."""

    id: str
    title: dict[str, str]
    by_week: list[int]
    before: int
    last_at: datetime

    @property
    def times(self) -> int:
        return sum(self.by_week)


@dataclass(frozen=True, kw_only=True)
class Trend:
    """`weeks` are the beginnings of the weeks, the oldest first; the last one is not over yet."""

    weeks: list[datetime]
    by_week: list[Times]
    whole: Times
    causes: list[Recurring]
    """The most frequent first."""


def trend(connection: sa.Connection, now: datetime, weeks: int, *, drills: bool) -> Trend:
    """The incidents that opened in the last `weeks` weeks, which begin on Mondays (UTC); drills or the others."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [monday - WEEK * back for back in reversed(range(weeks))]
    wanted = incident.c.drill.is_not(None) if drills else incident.c.drill.is_(None)
    rows = list(_rows(connection, starts[0], wanted))
    placed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        placed[(row["opened_at"] - starts[0]) // WEEK].append(row)
    return Trend(
        weeks=starts,
        by_week=[_times(placed[place]) for place in range(weeks)],
        whole=_times(rows),
        causes=_recurring(connection, starts, wanted),
    )


def _rows(connection: sa.Connection, since: datetime, wanted: sa.ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    columns = ("opened_at", "acknowledged_at", "started_at", "resolved_at")
    query = sa.select(*(incident.c[name] for name in columns)).where(
        wanted, incident.c.opened_at >= since, incident.c.merged_into.is_(None)
    )
    for row in connection.execute(query):
        yield dict(zip(columns, row, strict=True))


def _times(rows: Sequence[dict[str, Any]]) -> Times:
    acknowledged = _spans(rows, "opened_at", "acknowledged_at")
    recovered = _spans(rows, "started_at", "resolved_at")
    return Times(
        incidents=len(rows),
        acknowledge=fmean(acknowledged) if acknowledged else None,
        recover=fmean(recovered) if recovered else None,
        recover_median=median(recovered) if recovered else None,
    )


def _spans(rows: Iterable[dict[str, Any]], start: str, end: str) -> list[float]:
    return [max((row[end] - row[start]).total_seconds(), 0.0) for row in rows if row[end] is not None]


def _recurring(connection: sa.Connection, starts: list[datetime], wanted: sa.ColumnElement[bool]) -> list[Recurring]:
    before = starts[0] - WEEK * len(starts)
    query = (
        sa.select(cause.c.id, incident.c.opened_at, incident.c.number)
        .join(incident, sa.and_(incident.c.number == cause.c.incident, incident.c.run == cause.c.run))
        .where(cause.c.rank == FIRST, wanted, incident.c.opened_at >= before, incident.c.merged_into.is_(None))
    )
    moments: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for name, opened_at, number in connection.execute(query):
        moments[name].append((opened_at, number))
    newest = {max(found)[1] for found in moments.values()}
    titles = {
        row.id: row.title
        for row in connection.execute(
            sa.select(cause.c.id, cause.c.title).where(cause.c.rank == FIRST, cause.c.incident.in_(sorted(newest)))
        )
    }
    causes = []
    for name, found in moments.items():
        weeks = Counter((at - starts[0]) // WEEK for at, _ in found if at >= starts[0])
        causes.append(
            Recurring(
                id=name,
                title=titles.get(name, {}),
                by_week=[weeks[place] for place in range(len(starts))],
                before=sum(1 for at, _ in found if at < starts[0]),
                last_at=max(found)[0],
            )
        )
    came = [one for one in causes if one.times]
    return sorted(came, key=lambda one: (-one.times, one.id))
