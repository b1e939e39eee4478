"""The timeline of an incident: every change is a row, written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import timeline
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.said import Said

Kind = Literal[
    "alert-firing",
    "webhook-received",
    "incident-opened",
    "alert-joined",
    "fired-again",
    "run-started",
    "runbook",
    "step",
    "evidence",
    "evidence-complete",
    "diagnosed",
    "remedy-proposed",
    "remedy-withheld",
    "approved",
    "declined",
    "remedy-started",
    "remedy-verified",
    "remedy-failed",
    "remedy-withdrawn",
    "mail-written",
    "mail-sent",
    "mail-refused",
    "alert-resolved",
    "close-waits",
    "recovered",
    "closed",
    "acknowledged",
    "note",
    "stage-failed",
    "flapping",
    "assigned",
    "merged",
    "reopened",
    "chat-sent",
    "chat-refused",
    "tracker-sent",
    "tracker-refused",
    "model-sent",
    "model-refused",
    "escalated",
]

ONCALL = "oncall"
"""Who did it, where no person did."""
NOBODY = (ONCALL, "prometheus", "alertmanager")
"""Those who are no people."""


def append(
    connection: sa.Connection,
    incident: int,
    kind: Kind,
    text: Said,
    *,
    at: datetime,
    by: str = ONCALL,
    key: str | None = None,
    **data: Any,
) -> None:
    """Writes one row; with a `key`, only the first time."""
    values = {"incident": incident, "at": at, "kind": kind, "by": by, "key": key, "data": data} | columns(text=text)
    row = insert(connection, timeline).values(values)
    connection.execute(row.on_conflict_do_nothing(index_elements=["incident", "key"]) if key else row)


def last_id(connection: sa.Connection) -> int:
    """The newest row's id; it grows with every change to any incident, so pages know when to refresh."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(timeline.c.id), 0))).scalar_one())


def of_incident(connection: sa.Connection, incident: int) -> list[dict[str, Any]]:
    """All rows of an incident, oldest first."""
    rows = connection.execute(
        sa.select(timeline).where(timeline.c.incident == incident).order_by(timeline.c.at, timeline.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def count(connection: sa.Connection, incident: int, kind: Kind) -> int:
    """How many rows of a kind the incident has."""
    mine = sa.and_(timeline.c.incident == incident, timeline.c.kind == kind)
    return int(connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one())
