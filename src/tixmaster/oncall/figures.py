"""How well on-call does, from its own store: incidents by state, and the means that people ask for (MTTA, MTTR)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from tixmaster.oncall.store.elapsed import span
from tixmaster.oncall.store.schema import cause, incident, outbox

SPAN = timedelta(days=30)
"""The means are those of the incidents that opened within it."""
FIRST_RANK = 1
STATES = ("open", "acknowledged", "resolved", "closed")
Kind = Literal["real", "drill"]
Measure = Literal["page", "acknowledge", "recover"]
KINDS: tuple[Kind, ...] = ("real", "drill")
MEASURES: tuple[Measure, ...] = ("page", "acknowledge", "recover")
"""From the incident's opening to its mail; from its opening to somebody's word; from the trouble's start to its end."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the dashboards show of on-call's work."""

    by_state: Mapping[str, int]
    means: Mapping[tuple[Measure, Kind], float]
    """In seconds; a pair without any incident is missing."""


def count(connection: sa.Connection, now: datetime) -> Figures:
    """The figures as they are now."""
    by_state = dict.fromkeys(STATES, 0)
    states = sa.select(incident.c.state, incident.c.acknowledged_at.is_not(None), sa.func.count()).group_by(
        incident.c.state, incident.c.acknowledged_at.is_not(None)
    )
    for state, acknowledged, number in connection.execute(states):
        by_state["acknowledged" if state == "open" and acknowledged else state] += number
    return Figures(by_state=by_state, means=_counts_and_means(connection, now - SPAN)[1])


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """How it went over a stretch of time."""

    incidents: Mapping[Kind, int]
    means: Mapping[tuple[Measure, Kind], float]
    """In seconds; a pair without any incident is missing."""
    causes: list[tuple[str, int]]
    """The first causes of real incidents, the most frequent first."""


def over(connection: sa.Connection, since: datetime) -> Statistics:
    """The statistics of the incidents that opened since then."""
    first = (
        sa.select(cause.c.id, sa.func.count().label("times"))
        .join(incident, sa.and_(incident.c.number == cause.c.incident, incident.c.run == cause.c.run))
        .where(cause.c.rank == FIRST_RANK, incident.c.drill.is_(None), incident.c.opened_at >= since)
        .group_by(cause.c.id)
        .order_by(sa.desc("times"), cause.c.id)
    )
    causes = [(row.id, row.times) for row in connection.execute(first)]
    incidents, means = _counts_and_means(connection, since)
    return Statistics(incidents=incidents, means=means, causes=causes)


def _counts_and_means(
    connection: sa.Connection, since: datetime
) -> tuple[dict[Kind, int], dict[tuple[Measure, Kind], float]]:
    """Of the incidents that opened since then: how many of each kind, and the means."""
    paged_at = (
        sa.select(sa.func.min(outbox.c.sent_at))
        .where(outbox.c.incident == incident.c.number, outbox.c.kind == "page", outbox.c.medium.in_(("mail", "chat")))
        .scalar_subquery()
    )
    spans: dict[Measure, sa.ColumnElement[float]] = {
        "page": span(incident.c.opened_at, paged_at),
        "acknowledge": span(incident.c.opened_at, incident.c.acknowledged_at),
        "recover": span(incident.c.started_at, incident.c.resolved_at),
    }
    is_drill = incident.c.drill.is_not(None)
    query = (
        sa.select(is_drill, sa.func.count(), *(sa.func.avg(spans[measure]) for measure in MEASURES))
        .where(incident.c.opened_at >= since)
        .group_by(is_drill)
    )
    counts: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    means: dict[tuple[Measure, Kind], float] = {}
    for drill, number, *averages in connection.execute(query):
        kind: Kind = "drill" if drill else "real"
        counts[kind] = number
        known = zip(MEASURES, averages, strict=True)
        means |= {(measure, kind): average for measure, average in known if average is not None}
    return counts, means
