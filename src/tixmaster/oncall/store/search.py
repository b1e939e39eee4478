"""Finding incidents: filters, words, and pages by key, each with its first cause. What is read is bounded by indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from tixmaster.oncall.store.incidents import PREFIX
from tixmaster.oncall.store.schema import cause, incident, timeline

State = Literal["current", "open", "acknowledged", "resolved", "closed"]
STATES: tuple[State, ...] = get_args(State)
"""`current` is whatever is not closed."""
Drills = Literal["with", "without", "only"]
DRILLS: tuple[Drills, ...] = get_args(Drills)
MOST_WORDS = 6
FIRST = 1


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is wanted; None wants all. `since` and `until` are about the opening; every word must be found somewhere."""

    state: State | None = None
    severity: str | None = None
    service: str | None = None
    alert: str | None = None
    cause: str | None = None
    assignee: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    drills: Drills = "with"
    words: tuple[str, ...] = ()


def find(connection: sa.Connection, wanted: Filter, *, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Incidents, newest first, with `cause_id`, `cause_title` and `confidence`; `before` goes on below that number."""
    query = (
        sa.select(incident, cause.c.id.label("cause_id"), cause.c.title.label("cause_title"), cause.c.confidence)
        .join(cause, _FIRST_CAUSE, isouter=True)
        .where(*_conditions(wanted))
        .order_by(incident.c.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(incident.c.number < before)
    return [dict(row) for row in connection.execute(query).mappings()]


def count(connection: sa.Connection, wanted: Filter) -> int:
    """How many there are."""
    query = (
        sa.select(sa.func.count())
        .select_from(incident.join(cause, _FIRST_CAUSE, isouter=True))
        .where(*_conditions(wanted))
    )
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What there is to choose from, by the alphabet."""

    severities: list[str]
    services: list[str]
    alerts: list[str]
    causes: list[str]
    assignees: list[str]


def choices(connection: sa.Connection) -> Choices:
    """The values that incidents have."""
    return Choices(
        severities=_values(connection, incident.c.severity),
        services=_values(connection, incident.c.service),
        alerts=_values(connection, incident.c.alertname),
        causes=_values(connection, cause.c.id),
        assignees=_values(connection, incident.c.assigned_to),
    )


_FIRST_CAUSE = sa.and_(cause.c.incident == incident.c.number, cause.c.run == incident.c.run, cause.c.rank == FIRST)


def _values(connection: sa.Connection, column: sa.Column[Any]) -> list[str]:
    return sorted(value for value in connection.execute(sa.select(column).distinct()).scalars() if value)


def _conditions(wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    equal = (
        (incident.c.severity, wanted.severity),
        (incident.c.service, wanted.service),
        (incident.c.alertname, wanted.alert),
        (cause.c.id, wanted.cause),
        (incident.c.assigned_to, wanted.assignee),
    )
    yield from (column == value for column, value in equal if value is not None)
    if wanted.state is not None:
        yield _of_state(wanted.state)
    if wanted.since is not None:
        yield incident.c.opened_at >= wanted.since
    if wanted.until is not None:
        yield incident.c.opened_at < wanted.until
    if wanted.drills != "with":
        yield incident.c.drill.is_(None) if wanted.drills == "without" else incident.c.drill.is_not(None)
    yield from (_says(word) for word in wanted.words[:MOST_WORDS])


def _of_state(state: State) -> sa.ColumnElement[bool]:
    if state == "current":
        return incident.c.state != "closed"
    if state in ("open", "acknowledged"):
        taken = incident.c.acknowledged_at.is_not(None)
        return sa.and_(incident.c.state == "open", taken if state == "acknowledged" else sa.not_(taken))
    return incident.c.state == state


def _says(word: str) -> sa.ColumnElement[bool]:
    """The word is its id, or stands in its title, its first cause or a note."""
    digits = word.upper().removeprefix(PREFIX)
    # The kind stands in the statement itself, or the partial index of notes would not be used.
    noted = sa.select(timeline.c.incident).where(
        timeline.c.kind == sa.literal("note", literal_execute=True), timeline.c.text.icontains(word, autoescape=True)
    )
    texts = (
        incident.c.title,
        incident.c.title_zh,
        cause.c.id,
        cause.c.title["en"].as_string(),
        cause.c.title["zh-TW"].as_string(),
    )
    ways = [text.icontains(word, autoescape=True) for text in texts]
    if digits.isdecimal() and len(digits) < 10:
        ways.append(incident.c.number == int(digits))
    return sa.or_(*ways, incident.c.number.in_(noted))
