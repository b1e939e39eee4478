"""The timeline of an incident: every change is a row, written in the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection
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
    "alert-replaced",
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
"""Those who are no people. The index `timeline_by_people` names them, too."""


def by_people() -> sa.ColumnElement[bool]:
    """What people did. The names stand in the statement itself, or the partial index of these rows would not be used."""
    return timeline.c.by.not_in([sa.literal(name, literal_execute=True) for name in NOBODY])


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


def grown_since(connection: sa.Connection, known: int) -> dict[int, int]:
    """The incidents with rows newer than the one of the id `known`, each with its newest row's id."""
    rows = sa.select(timeline.c.incident, timeline.c.id).where(timeline.c.id > known).order_by(timeline.c.id)
    return {row[0]: row[1] for row in connection.execute(rows)}


def of_incident(connection: sa.Connection, incident: int, newest: int | None = None) -> list[dict[str, Any]]:
    """The rows of an incident, oldest first: all, or those that were written last."""
    query = sa.select(timeline).where(timeline.c.incident == incident)
    if newest is not None:
        query = query.order_by(timeline.c.id.desc()).limit(newest)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=lambda row: (row["at"], row["id"]))


def ends(
    connection: sa.Connection, incident: int, most: int, without: Collection[Kind]
) -> tuple[list[dict[str, Any]], int]:
    """The rows of an incident but for some kinds, oldest first, and how many are left out after the first half of `most`."""
    mine = (timeline.c.incident == incident, timeline.c.kind.not_in(sorted(without)))
    number = int(connection.execute(sa.select(sa.func.count()).where(*mine)).scalar_one())
    half, left_out = most // 2, max(number - most, 0)
    first = sa.select(timeline).where(*mine).order_by(timeline.c.id).limit(half)
    last = sa.select(timeline).where(*mine).order_by(timeline.c.id.desc()).limit(max(min(number, most) - half, 0))
    found = {row["id"]: dict(row) for query in (first, last) for row in connection.execute(query).mappings()}
    return sorted(found.values(), key=lambda row: (row["at"], row["id"])), left_out


def latest(connection: sa.Connection, incident: int) -> dict[str, dict[str, Any]]:
    """Of each kind that the incident has, the row that was written last."""
    ids = sa.select(sa.func.max(timeline.c.id)).where(timeline.c.incident == incident).group_by(timeline.c.kind)
    rows = connection.execute(sa.select(timeline).where(timeline.c.id.in_(ids))).mappings()
    return {row["kind"]: dict(row) for row in rows}


def count(connection: sa.Connection, incident: int, kind: Kind | None = None) -> int:
    """How many rows the incident has, of a kind or in all."""
    mine = [timeline.c.incident == incident, *([timeline.c.kind == kind] if kind else [])]
    return int(connection.execute(sa.select(sa.func.count()).where(*mine)).scalar_one())
