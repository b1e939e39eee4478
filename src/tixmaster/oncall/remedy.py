"""Stage 7, remedy: cause → action, behind policy, approval and budget; then pre-check → act → verify.

An action is a row that moves proposed → approved → running → done or failed. A run that dies while acting asks the service
manager on its return whether the restart happened before it restarts anything: one cause, one restart.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.diagnosis import matching
from tixmaster.oncall.errors import NothingToDecideError
from tixmaster.oncall.recheck import still_holds
from tixmaster.oncall.sop.decide import parse_remedy
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.oncall.store.schema import action
from tixmaster.stack import health
from tixmaster.stack.config import Policy
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of

POLL_SECONDS = 0.25


def propose(desk: Desk, case: Case) -> None:
    """Writes down the action that the first cause calls for, approved already where the policy is `auto`."""
    with desk.database.write() as connection:
        incident = incidents.get(connection, case.number)
        runbook = desk.library.runbook_for(incident["alertname"])
        rows = matching(runbook, incidents.findings(connection, case.number, case.run))
        wanted = parse_remedy(rows[0].remedy) if rows and rows[0].remedy else None
        if wanted is None:
            return
        if reason := _withheld(desk, connection, case, wanted.service, rows[0].cause):
            timeline.append(
                connection, case.number, "remedy-withheld", reason, at=desk.now(), key=case.key("remedy-withheld")
            )
            return
        policy = policy_for(desk, connection, incident)
        command = f"tix restart {wanted.service}"
        number = _write_action(desk, connection, case, policy, wanted.service, rows[0].cause, command)
        timeline.append(
            connection,
            case.number,
            "remedy-proposed",
            f"{command} ({'begins at once: policy auto' if policy == 'auto' else 'waits for approval'})",
            at=desk.now(),
            key=case.key("remedy-proposed"),
            action=number,
            policy=policy,
        )
    desk.work.set()


def policy_for(desk: Desk, connection: sa.Connection, incident: dict[str, Any]) -> Policy:
    """What may be done without asking: the drill's policy while its drill is in force, else the configured one."""
    drill = facts.drill_in_force(connection, desk.now())
    if drill and drill["name"] == incident["drill"]:
        policy: Policy = drill["policy"]
        return policy
    return desk.config.oncall.remedy.policy


def _withheld(desk: Desk, connection: sa.Connection, case: Case, service: str, cause: str) -> str | None:
    """Why nothing may be done, if so."""
    incident = incidents.get(connection, case.number)
    if policy_for(desk, connection, incident) == "observe":
        return f"Policy observe: `tix restart {service}` is left to a person"
    if service not in desk.config.service_names:
        return f"{service} is not a service of tixmaster.toml; restart it by hand"
    earlier = connection.execute(
        sa.select(action.c.run).where(
            action.c.incident == case.number,
            action.c.service == service,
            action.c.cause == cause,
            action.c.run != case.run,
        )
    ).first()
    if earlier:
        return f"{service} was restarted for this cause before and it did not last: a person must look"
    budget = desk.config.oncall.remedy.budget
    since = desk.now() - timedelta(minutes=budget.minutes)
    used = connection.execute(
        sa.select(sa.func.count()).where(
            action.c.service == service, action.c.started_at >= since, action.c.incident != case.number
        )
    ).scalar_one()
    if used >= budget.restarts and not incident["drill"]:
        return f"Budget spent: {service} was restarted {used} times in {budget.minutes} min; a person must look"
    return None


def _write_action(
    desk: Desk, connection: sa.Connection, case: Case, policy: Policy, service: str, cause: str, command: str
) -> int:
    """The action's id; the one of an earlier attempt at this stage where there is one."""
    known = connection.execute(
        sa.select(action.c.id).where(action.c.incident == case.number, action.c.run == case.run)
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    automatic = policy == "auto"
    return int(
        connection.execute(
            sa.insert(action)
            .values(
                incident=case.number,
                run=case.run,
                kind="restart",
                service=service,
                cause=cause,
                command=command,
                state="approved" if automatic else "proposed",
                proposed_at=desk.now(),
                decided_at=desk.now() if automatic else None,
                decided_by="policy auto" if automatic else None,
            )
            .returning(action.c.id)
        ).scalar_one()
    )


def decide(desk: Desk, number: int, *, approve: bool, by: str) -> dict[str, Any]:
    """A person's answer to the open proposal of an incident; raises `NothingToDecideError` where there is none."""
    now = desk.now()
    with desk.database.write() as connection:
        incidents.get(connection, number)
        decided = (
            connection.execute(
                sa.update(action)
                .where(action.c.incident == number, action.c.state == "proposed")
                .values(state="approved" if approve else "declined", decided_at=now, decided_by=by)
                .returning(action)
            )
            .mappings()
            .first()
        )
        if decided is None:
            raise NothingToDecideError(
                f"nothing waits for approval in {incidents.name_of(number)}: "
                f"its actions are {_states(connection, number) or 'none'}"
            )
        kind: timeline.Kind = "approved" if approve else "declined"
        timeline.append(connection, number, kind, f"{decided['command']} {kind} by {by}", at=now, by=by)
    desk.work.set()
    return dict(decided)


def _states(connection: sa.Connection, number: int) -> str:
    return ", ".join(f"{item['command']} ({item['state']})" for item in incidents.actions(connection, number))


def carry_out(desk: Desk, action_id: int) -> None:
    """Pre-check, act, verify; each outcome is a state of the action and a row of the timeline."""
    with desk.database.read() as connection:
        row = connection.execute(sa.select(action).where(action.c.id == action_id)).mappings().one()
        incident = incidents.get(connection, row["incident"])
    if row["state"] not in ("approved", "running"):
        return
    row = _change(desk, row, state="running")
    if not _happened(desk, row):
        if _is_gone(desk, row, incident):
            _finish(desk, row, "withdrawn", "the cause is gone by itself; nothing was done")
            return
        _begin(desk, row)
        try:
            said = manager_of(desk.config, row["service"]).restart()
        except StackError as error:
            _finish(desk, row, "failed", str(error))
            return
        _change(desk, row, result=str(said))
    _verify(desk, row, incident)


def _begin(desk: Desk, row: sa.RowMapping) -> None:
    """Writes down when the act began, before anything is touched."""
    now = desk.now()
    with desk.database.write() as connection:
        connection.execute(sa.update(action).where(action.c.id == row["id"]).values(started_at=now))
        timeline.append(
            connection,
            row["incident"],
            "remedy-started",
            f"{row['command']} begins, approved by {row['decided_by']}",
            at=now,
            key=f"action-{row['id']}:started",
        )


def _change(desk: Desk, row: sa.RowMapping, **values: Any) -> sa.RowMapping:
    with desk.database.write() as connection:
        changed = connection.execute(
            sa.update(action).where(action.c.id == row["id"]).values(**values).returning(action)
        )
        return changed.mappings().one()


def _happened(desk: Desk, row: sa.RowMapping) -> bool:
    """Whether an earlier attempt, ended by a crash, got as far as restarting the service."""
    if row["started_at"] is None:
        return False
    try:
        state = manager_of(desk.config, row["service"]).status()
    except StackError:
        return False
    return state.started_at is not None and state.started_at >= row["started_at"].replace(microsecond=0)


def _is_gone(desk: Desk, row: sa.RowMapping, incident: dict[str, Any]) -> bool:
    """Whether the cause ended without us. An act that a crash cut short may have stopped the service and not started it:
    a service that hung hangs no longer then, but only one that is healthy needs nothing more.
    """
    if still_holds(desk, incident, row["run"], row["cause"]):
        return False
    return row["started_at"] is None or health.probe(desk.config, row["service"]).healthy


def _verify(desk: Desk, row: sa.RowMapping, incident: dict[str, Any]) -> None:
    """Waits until the service is healthy and the cause is gone, within the configured time."""
    limit = desk.config.oncall.remedy.verify_seconds
    began = time.monotonic()
    detail = "it was not asked"
    while time.monotonic() - began < limit:
        state = health.probe(desk.config, row["service"])
        detail = state.detail
        if state.healthy and not still_holds(desk, incident, row["run"], row["cause"]):
            _finish(desk, row, "done", f"{row['service']} is healthy again: {detail}")
            return
        time.sleep(POLL_SECONDS)
    _finish(desk, row, "failed", f"{row['service']} is not healthy {limit:g} s after the restart: {detail}")


def _finish(desk: Desk, row: sa.RowMapping, state: str, result: str) -> None:
    kinds: dict[str, timeline.Kind] = {
        "done": "remedy-verified",
        "failed": "remedy-failed",
        "withdrawn": "remedy-withdrawn",
    }
    now = desk.now()
    with desk.database.write() as connection:
        connection.execute(
            sa.update(action).where(action.c.id == row["id"]).values(state=state, finished_at=now, result=result)
        )
        timeline.append(
            connection,
            row["incident"],
            kinds[state],
            result,
            at=now,
            key=f"action-{row['id']}:{state}",
            action=row["id"],
        )
