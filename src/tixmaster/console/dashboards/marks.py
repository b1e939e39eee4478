"""What happened meanwhile, marked in every graph: incidents, starts, deploys, restarts by on-call, the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

import sqlalchemy as sa

from tixmaster.console.dashboards.period import Period
from tixmaster.console.words import say, term
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.bilingual import told
from tixmaster.oncall.store.schema import action, incident
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Prometheus

MOST = 60
"""More marks hide the lines."""
STARTS = "max by (service) (process_start_time_seconds)"
RELEASES = "max by (service, version) (tixmaster_build_info)"
SAME_START = timedelta(seconds=60)

Kind = Literal["incident", "restart", "deploy", "campaign", "on-sale", "downtime"]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A moment, or a span where `end` is given; `over` says whether a span has ended."""

    kind: Kind
    text: str
    start: datetime
    end: datetime | None = None
    href: str | None = None


def marks(desk: Desk, prometheus: Prometheus, period: Period, language: Language) -> list[Mark]:
    """Everything that is known of the period, in the order of time. What Prometheus does not tell is left out."""
    found = [*_incidents(desk, period, language), *_restarts(desk, period, language), *_planned(desk, period, language)]
    with suppress(StackError):  # the graphs say already that Prometheus is silent
        found += list(_from_prometheus(prometheus, period, language, found))
    return sorted(found, key=lambda mark: mark.start)[-MOST:]


def _incidents(desk: Desk, period: Period, language: Language) -> Iterator[Mark]:
    with desk.database.read() as connection:
        rows = connection.execute(
            sa.select(incident)
            .where(
                incident.c.started_at <= period.end,
                sa.func.coalesce(incident.c.resolved_at, incident.c.closed_at, period.end) >= period.start,
            )
            .order_by(incident.c.number.desc())
            .limit(MOST)
        ).mappings()
        for row in rows:
            name = incidents.name_of(row["number"])
            yield Mark(
                kind="incident",
                text=f"{name} {told(dict(row), 'title', language)}",
                start=row["started_at"],
                end=row["resolved_at"] or row["closed_at"] or desk.now(),
                href=f"/incidents/{name}",
            )


def _restarts(desk: Desk, period: Period, language: Language) -> Iterator[Mark]:
    """What on-call carried out."""
    with desk.database.read() as connection:
        rows = connection.execute(
            sa.select(action)
            .where(action.c.started_at.between(period.start, period.end))
            .order_by(action.c.id.desc())
            .limit(MOST)
        ).mappings()
        for row in rows:
            yield Mark(
                kind="restart",
                text=say(
                    "mark-by-oncall", language, service=row["service"], incident=incidents.name_of(row["incident"])
                ),
                start=row["started_at"],
                href=f"/incidents/{incidents.name_of(row['incident'])}",
            )


def _planned(desk: Desk, period: Period, language: Language) -> Iterator[Mark]:
    for row in desk.config.calendar:
        if row.begins <= period.end and row.ends >= period.start:
            text = f"{term('mark', row.kind, language)}: {row.title}"
            yield Mark(kind=row.kind, text=text, start=row.begins.astimezone(UTC), end=row.ends.astimezone(UTC))


def _from_prometheus(prometheus: Prometheus, period: Period, language: Language, known: list[Mark]) -> Iterator[Mark]:
    """Deploys, where the release changed; other starts of processes, unless on-call's own restart says it."""
    deploys = list(_deploys(prometheus, period, language))
    yield from deploys
    restarts = [mark.start for mark in known if mark.kind == "restart"]
    for series in prometheus.query_range(STARTS, period.start, period.end, period.step):
        service = series.labels.get("service", "")
        for started in sorted(set(series.values)):
            at = datetime.fromtimestamp(started, UTC)
            released = any(abs(mark.start - at) < SAME_START and mark.text.startswith(service) for mark in deploys)
            ours = any(timedelta() <= at - moment < SAME_START for moment in restarts)
            if period.start <= at <= period.end and not released and not ours:
                yield Mark(kind="restart", text=say("mark-started", language, service=service), start=at)


def _deploys(prometheus: Prometheus, period: Period, language: Language) -> Iterator[Mark]:
    """A release that a service did not have when the one before was seen first."""
    first: dict[str, list[tuple[float, str]]] = {}
    for series in prometheus.query_range(RELEASES, period.start, period.end, period.step):
        labels = series.labels
        first.setdefault(labels.get("service", ""), []).append((series.times[0], labels.get("version", "")))
    for service, releases in first.items():
        for (_, former), (at, version) in pairwise(sorted(releases)):
            yield Mark(
                kind="deploy",
                text=say("mark-deployed", language, service=service, former=former, version=version),
                start=datetime.fromtimestamp(at, UTC),
            )
