"""Flapping: an alert that comes and goes is one trouble, not many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store.schema import incident, incident_alert, timeline
from tixmaster.oncall.store.timeline import append
from tixmaster.stack.said import said

WINDOW: Final = timedelta(minutes=15)
MANY: Final = 3
"""So many returns within `WINDOW` are flapping."""
QUIET: Final = timedelta(minutes=5)
"""How long after its last return a flapping incident stays open; so long it must fire to be investigated again."""


def count(connection: sa.Connection, number: int, now: datetime) -> int:
    """How often alerts of the incident fired again within the last `WINDOW`."""
    return len(_returns(connection, number, now))


def quiet_at(connection: sa.Connection, number: int, now: datetime) -> datetime | None:
    """When a flapping incident counts as quiet, if nothing returns; None for one that does not flap."""
    returns = _returns(connection, number, now)
    return max(returns) + QUIET if len(returns) >= MANY else None


def investigate_what_stays(desk: Desk) -> list[int]:
    """Investigates flapping incidents again once their alerts have fired for `QUIET` without a break; returns their numbers.

    A flapping incident is not investigated each time its alert returns, but a service that then stays down is an outage.
    """
    with desk.database.read() as connection:
        if not _back_to_stay(connection, desk.now()):
            return []
    with desk.database.write() as connection:
        now = desk.now()
        due = _back_to_stay(connection, now)
        for number, run in due:
            connection.execute(sa.update(incident).where(incident.c.number == number).values(run=run + 1))
            text = said(
                "No longer flapping: it has fired without a break for {minutes:g} min, and is investigated again.",
                "不再反覆觸發：已持續觸發 {minutes:g} 分鐘，重新調查。",
                minutes=QUIET.total_seconds() / 60,
            )
            append(connection, number, "flapping", text, at=now)
    return [number for number, _ in due]


def _back_to_stay(connection: sa.Connection, now: datetime) -> list[tuple[int, int]]:
    """Flapping incidents, with their runs, whose alerts came back and have fired ever since: at least for `QUIET`, and
    nobody has looked since they came back."""
    waiting = connection.execute(
        sa.select(incident.c.number, incident.c.run).where(
            incident.c.state == "open",
            incident.c.run_ended == incident.c.run,
            sa.exists().where(timeline.c.incident == incident.c.number, timeline.c.kind == "flapping"),
            sa.exists().where(incident_alert.c.incident == incident.c.number, incident_alert.c.status == "firing"),
        )
    ).all()
    due = []
    for number, run in waiting:
        found = connection.execute(
            sa.select(timeline.c.kind, sa.func.max(timeline.c.at).label("newest"))
            .where(
                timeline.c.incident == number,
                timeline.c.kind.in_(("fired-again", "run-started", "alert-resolved")),
                timeline.c.at <= now,
            )
            .group_by(timeline.c.kind)
        )
        newest: dict[str, datetime] = {row.kind: row.newest for row in found}
        back, looked = newest.get("fired-again"), newest.get("run-started")
        changed = max(newest.values(), default=now)
        if back is not None and (looked is None or looked < back) and changed <= now - QUIET:
            due.append((number, run))
    return due


def _returns(connection: sa.Connection, number: int, now: datetime) -> list[datetime]:
    query = sa.select(timeline.c.at).where(
        timeline.c.incident == number,
        timeline.c.kind == "fired-again",
        timeline.c.at.between(now - WINDOW, now + QUIET),  # what lies further ahead is of a clock that was set back
    )
    return list(connection.execute(query).scalars())
