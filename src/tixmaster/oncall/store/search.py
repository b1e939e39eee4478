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


@dataclass(frozen=True, kw_only=True)
class Found:
    """How many incidents were found, and a page of them with `cause_id`, `cause_title` and `confidence`, newest first."""

    number: int
    rows: list[dict[str, Any]]


def find(connection: sa.Connection, wanted: Filter, *, limit: int, before: int | None = None) -> Found:
    """What is wanted; `before` goes on below that number. All incidents are looked at, and a page of them is read."""
    matching = _matching(connection, wanted, incident.c.number, sa.func.count().over().label("found")).subquery()
    below = sa.true() if before is None else matching.c.number < before
    page = sa.select(matching).where(below).order_by(matching.c.number.desc()).limit(limit).subquery()
    query = (
        sa.select(incident, cause.c.id.label("cause_id"), cause.c.title.label("cause_title"), cause.c.confidence)
        .add_columns(page.c.found)
        .join(page, page.c.number == incident.c.number)
        .join(cause, _FIRST_CAUSE, isouter=True)
        .order_by(incident.c.number.desc())
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if rows or before is None:
        return Found(number=rows[0]["found"] if rows else 0, rows=rows)
    return Found(number=count(connection, wanted), rows=rows)  # those above that number count, too


def count(connection: sa.Connection, wanted: Filter) -> int:
    """How many there are."""
    return int(connection.execute(_matching(connection, wanted, sa.func.count())).scalar_one())


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
    columns = (incident.c.severity, incident.c.service, incident.c.alertname, incident.c.assigned_to)
    together = connection.execute(sa.select(*columns).distinct()).all()
    severities, services, alerts, assignees = (
        sorted({row[place] for row in together} - {None, ""}) for place in range(len(columns))
    )
    causes = connection.execute(sa.select(cause.c.id).distinct().order_by(cause.c.id)).scalars()
    return Choices(severities=severities, services=services, alerts=alerts, causes=list(causes), assignees=assignees)


_FIRST_CAUSE = sa.and_(cause.c.incident == incident.c.number, cause.c.run == incident.c.run, cause.c.rank == FIRST)


def _matching(connection: sa.Connection, wanted: Filter, *what: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The question that asks `what` of the incidents that are wanted; causes are looked at only where they matter."""
    about_causes = wanted.cause is not None or bool(wanted.words)
    source = incident.join(cause, _FIRST_CAUSE, isouter=True) if about_causes else incident
    return sa.select(*what).select_from(source).where(*_conditions(connection, wanted))


def _conditions(connection: sa.Connection, wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
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
    if wanted.words:
        titles = _titles(connection)
        yield from (_says(word, titles) for word in wanted.words[:MOST_WORDS])


def _of_state(state: State) -> sa.ColumnElement[bool]:
    if state == "current":
        return incident.c.state != "closed"
    if state in ("open", "acknowledged"):
        taken = incident.c.acknowledged_at.is_not(None)
        return sa.and_(incident.c.state == "open", taken if state == "acknowledged" else sa.not_(taken))
    return incident.c.state == state


def _titles(connection: sa.Connection) -> dict[str, str]:
    """Every cause that there was, with its id and the titles that it had last: few, while incidents are many."""
    last = sa.select(cause.c.id, sa.func.max(cause.c.incident).label("incident")).group_by(cause.c.id).subquery()
    rows = connection.execute(
        sa.select(cause.c.id, cause.c.title).join(
            last, sa.and_(last.c.id == cause.c.id, last.c.incident == cause.c.incident)
        )
    )
    return {row.id: " ".join([row.id, *row.title.values()]).casefold() for row in rows}


def _says(word: str, titles: dict[str, str]) -> sa.ColumnElement[bool]:
    """The word is its id, or stands in its title, its first cause or a note."""
    digits = word.upper().removeprefix(PREFIX)
    # The kind stands in the statement itself, or the partial index of notes would not be used.
    noted = sa.select(timeline.c.incident).where(
        timeline.c.kind == sa.literal("note", literal_execute=True), timeline.c.text.icontains(word, autoescape=True)
    )
    ways = [text.icontains(word, autoescape=True) for text in (incident.c.title, incident.c.title_zh)]
    ways.append(cause.c.id.in_([name for name, said in titles.items() if word.casefold() in said]))
    if digits.isdecimal() and len(digits) < 10:
        ways.append(incident.c.number == int(digits))
    return sa.or_(*ways, incident.c.number.in_(noted))
