"""How well on-call does, from its own store: incidents by state, and the means that people ask for (MTTA, MTTR)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any, Literal

import sqlalchemy as sa

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
    return Figures(by_state=by_state, means=_means(_recent(connection, now - SPAN)))


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
    rows = list(_recent(connection, since))
    kinds = Counter[Kind]("drill" if row["drill"] else "real" for row in rows)
    first = (
        sa.select(cause.c.id, sa.func.count().label("times"))
        .join(incident, sa.and_(incident.c.number == cause.c.incident, incident.c.run == cause.c.run))
        .where(cause.c.rank == FIRST_RANK, incident.c.drill.is_(None), incident.c.opened_at >= since)
        .group_by(cause.c.id)
        .order_by(sa.desc("times"), cause.c.id)
    )
    causes = [(row.id, row.times) for row in connection.execute(first)]
    return Statistics(incidents={kind: kinds[kind] for kind in KINDS}, means=_means(rows), causes=causes)


def _recent(connection: sa.Connection, since: datetime) -> Iterable[Mapping[str, Any]]:
    paged = (
        sa.select(outbox.c.incident, sa.func.min(outbox.c.sent_at).label("paged_at"))
        .where(outbox.c.kind == "page", outbox.c.medium.in_(("mail", "chat")))
        .group_by(outbox.c.incident)
        .subquery()
    )
    rows = connection.execute(
        sa.select(incident, paged.c.paged_at)
        .join(paged, paged.c.incident == incident.c.number, isouter=True)
        .where(incident.c.opened_at >= since)
    )
    return [dict(row) for row in rows.mappings()]


def _means(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[Measure, Kind], float]:
    spans: dict[tuple[Measure, Kind], list[float]] = defaultdict(list)
    for row in rows:
        kind: Kind = "drill" if row["drill"] else "real"
        ways: tuple[tuple[Measure, str, str], ...] = (
            ("page", "opened_at", "paged_at"),
            ("acknowledge", "opened_at", "acknowledged_at"),
            ("recover", "started_at", "resolved_at"),
        )
        for measure, start, end in ways:
            if row[end] is not None:
                spans[measure, kind].append(max((row[end] - row[start]).total_seconds(), 0.0))
    return {key: fmean(values) for key, values in spans.items()}
