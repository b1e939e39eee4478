"""The act itself: asked again whether it may be, carried out once through the service manager, verified.

An action is a row that moves proposed → approved → running → done or failed. A run that dies while acting asks the service
manager on its return whether the restart happened before it restarts anything: one cause, one restart.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.person import who
from tixmaster.oncall.recheck import still_holds
from tixmaster.oncall.remedy import guards, measure
from tixmaster.oncall.remedy.guards import Refusal, Wish
from tixmaster.oncall.remedy.verify import sufferers, timing_of, verify
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import action
from tixmaster.stack import health
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.said import Said, said

Row = dict[str, Any]


def carry_out(desk: Desk, action_id: int) -> None:
    """Pre-check, act, verify; each outcome is a state of the action and a row of the timeline."""
    with desk.database.read() as connection:
        row = dict(connection.execute(sa.select(action).where(action.c.id == action_id)).mappings().one())
        incident = incidents.get(connection, row["incident"])
    if row["state"] not in ("approved", "running"):
        return
    if row["state"] == "approved" and (refusal := _take_up(desk, row, incident)):
        _finish(desk, row, "withdrawn", refusal.text, reason=refusal.reason)
        return
    if not _happened(desk, row):
        if _is_gone(desk, row, incident):
            _finish(
                desk,
                row,
                "withdrawn",
                said("the cause is gone by itself; nothing was done", "原因已自行消失，未採取任何動作"),
            )
            return
        _begin(desk, row, incident)
        if not _happened(desk, row):  # where this replica was held up and given up, another may have acted meanwhile
            try:
                done = manager_of(desk.config, row["service"]).restart()
            except StackError as error:
                _finish(desk, row, "failed", error.words)
                return
            _change(desk, row, **columns(result=done.words))
    outcome = verify(desk, row, incident)
    _change(desk, row, after=_plain(outcome.after))
    _finish(desk, row, "done" if outcome.helped else "failed", outcome.text)


def _take_up(desk: Desk, row: Row, incident: Row) -> Refusal | None:
    """Makes the action the one that runs, or says why it must not: much can have happened since it was proposed."""
    wish = Wish(incident=incident, service=row["service"], cause=row["cause"], run=row["run"], own=row["id"])
    with desk.database.write() as connection:
        refusal = guards.check(desk, connection, wish)
        if refusal is None:
            connection.execute(sa.update(action).where(action.c.id == row["id"]).values(state="running"))
    return refusal


def _begin(desk: Desk, row: Row, incident: Row) -> None:
    """Writes down when the act began, the process and the figures before it, before anything is touched."""
    before = measure.take(desk, sufferers(desk, incident, row["service"]), timing_of(desk))
    process = _process(desk, row)
    now = desk.now()
    with desk.database.write() as connection:
        changes = {"started_at": now, "before": _plain(before), "pid_before": process}
        row.update(changes)
        connection.execute(sa.update(action).where(action.c.id == row["id"]).values(changes))
        timeline.append(
            connection,
            row["incident"],
            "remedy-started",
            said(
                "{command} begins, approved by {by}",
                "{command} 開始，由 {by} 核准",
                command=row["command"],
                by=who(row["decided_by"]),
            ),
            at=now,
            key=f"action-{row['id']}:started",
        )


def _plain(readings: list[measure.Reading] | None) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = msgspec.to_builtins(readings or [])
    return plain


def _change(desk: Desk, row: Row, **values: Any) -> None:
    with desk.database.write() as connection:
        connection.execute(sa.update(action).where(action.c.id == row["id"]).values(**values))
    row.update(values)


def _happened(desk: Desk, row: Row) -> bool:
    """Whether an earlier attempt, ended by a crash, got as far as restarting the service."""
    return row["started_at"] is not None and _process(desk, row) not in (None, row["pid_before"])


def _process(desk: Desk, row: Row) -> int | None:
    """The process that the service has now; None where there is none, or its manager does not say."""
    try:
        return manager_of(desk.config, row["service"]).status().pid
    except StackError:
        return None


def _is_gone(desk: Desk, row: Row, incident: Row) -> bool:
    """Whether the cause ended without us. An act that a crash cut short may have stopped the service and not started it:
    a service that hung hangs no longer then, but only one that is healthy needs nothing more.
    """
    if still_holds(desk, incident, row["run"], row["cause"]):
        return False
    return row["started_at"] is None or health.probe(desk.config, row["service"]).healthy


def _finish(desk: Desk, row: Row, state: str, result: Said, **data: Any) -> None:
    kinds: dict[str, timeline.Kind] = {
        "done": "remedy-verified",
        "failed": "remedy-failed",
        "withdrawn": "remedy-withdrawn",
    }
    now = desk.now()
    with desk.database.write() as connection:
        connection.execute(
            sa.update(action)
            .where(action.c.id == row["id"])
            .values(state=state, finished_at=now, **columns(result=result))
        )
        timeline.append(
            connection,
            row["incident"],
            kinds[state],
            result,
            at=now,
            key=f"action-{row['id']}:{state}",
            action=row["id"],
            **data,
        )
