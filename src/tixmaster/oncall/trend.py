"""How it went, week by week: incidents, the times they took, and the causes that come back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa

from tixmaster.oncall.store.elapsed import seconds_between, span
from tixmaster.oncall.store.schema import UtcDateTime, cause, incident
from tixmaster.oncall.store.search import FIRST

WEEK = timedelta(weeks=1)
WEEK_SECONDS = WEEK.total_seconds()
Wanted: TypeAlias = Sequence[sa.ColumnElement[bool]]


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
    wanted = (
        incident.c.drill.is_not(None) if drills else incident.c.drill.is_(None),
        incident.c.merged_into.is_(None),
    )
    spans = list(_spans(connection, starts[0], wanted))
    placed: dict[int, list[_Spans]] = defaultdict(list)
    for one in spans:
        placed[one.week].append(one)
    return Trend(
        weeks=starts,
        by_week=[_times(placed[place]) for place in range(weeks)],
        whole=_times(spans),
        causes=_recurring(connection, starts, wanted),
    )


class _Spans(NamedTuple):
    """What one incident took, in seconds, and the week in which it opened."""

    week: int
    acknowledge: float | None
    recover: float | None


def _after(start: datetime) -> sa.ColumnElement[float]:
    """How long after that an incident opened, in seconds; before it, less than nothing."""
    return seconds_between(sa.literal(start, UtcDateTime()), incident.c.opened_at)


def _spans(connection: sa.Connection, since: datetime, wanted: Wanted) -> Iterator[_Spans]:
    query = sa.select(
        _after(since),
        span(incident.c.opened_at, incident.c.acknowledged_at),
        span(incident.c.started_at, incident.c.resolved_at),
    ).where(*wanted, incident.c.opened_at >= since)
    for after, acknowledge, recover in connection.execute(query):
        yield _Spans(int(after // WEEK_SECONDS), acknowledge, recover)


def _times(spans: Sequence[_Spans]) -> Times:
    acknowledged = [one.acknowledge for one in spans if one.acknowledge is not None]
    recovered = [one.recover for one in spans if one.recover is not None]
    return Times(
        incidents=len(spans),
        acknowledge=fmean(acknowledged) if acknowledged else None,
        recover=fmean(recovered) if recovered else None,
        recover_median=median(recovered) if recovered else None,
    )


def _recurring(connection: sa.Connection, starts: list[datetime], wanted: Wanted) -> list[Recurring]:
    query = (
        sa.select(cause.c.id, _after(starts[0]), incident.c.number)
        .join(incident, sa.and_(incident.c.number == cause.c.incident, incident.c.run == cause.c.run))
        .where(cause.c.rank == FIRST, *wanted, incident.c.opened_at >= starts[0] - WEEK * len(starts))
    )
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for name, after, number in connection.execute(query):
        found[name].append((after, number))
    newest = sorted(max(moments)[1] for moments in found.values())
    titles = sa.select(cause.c.id, cause.c.title).where(cause.c.rank == FIRST, cause.c.incident.in_(newest))
    by_id = {row.id: row.title for row in connection.execute(titles)}
    causes = [
        _cause(name, by_id.get(name, {}), [after for after, _ in moments], starts) for name, moments in found.items()
    ]
    return sorted((one for one in causes if one.times), key=lambda one: (-one.times, one.id))


def _cause(name: str, title: dict[str, str], moments: Sequence[float], starts: Sequence[datetime]) -> Recurring:
    """`moments` are in seconds after the first week began."""
    times = Counter(int(after // WEEK_SECONDS) for after in moments)
    return Recurring(
        id=name,
        title=title,
        by_week=[times[place] for place in range(len(starts))],
        before=sum(number for week, number in times.items() if week < 0),
        last_at=starts[0] + timedelta(seconds=max(moments)),
    )
