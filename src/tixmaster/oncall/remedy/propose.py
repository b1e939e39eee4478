"""From the first cause to a proposed act, or to the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.diagnosis import matching
from tixmaster.oncall.remedy import guards, policy
from tixmaster.oncall.remedy.guards import Refusal, Wish
from tixmaster.oncall.remedy.policy import InForce
from tixmaster.oncall.sop.decide import parse_remedy
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.schema import action
from tixmaster.stack.said import said


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be done for an incident as it stands: the act, under which policy, and what stands against it."""

    wish: Wish
    command: str
    policy: InForce
    refusal: Refusal | None


def plan(desk: Desk, connection: sa.Connection, case: Case) -> Plan | None:
    """The plan of a run; None where its first cause calls for nothing. Nothing is changed: this is the dry run, too."""
    incident = incidents.get(connection, case.number)
    rows = matching(
        desk.library.runbook_for(incident["alertname"], incident["service"]),
        incidents.findings(connection, case.number, case.run),
    )
    wanted = parse_remedy(rows[0].remedy) if rows and rows[0].remedy else None
    if wanted is None:
        return None
    own = _written(connection, case)
    wish = Wish(incident=incident, service=wanted.service, cause=rows[0].cause, run=case.run, own=own)
    return Plan(
        wish=wish,
        command=f"tix restart {wanted.service}",
        policy=policy.in_force(desk, connection, incident, wanted.service, rows[0].cause),
        refusal=guards.check(desk, connection, wish),
    )


def propose(desk: Desk, case: Case) -> None:
    """Writes down the act that the first cause calls for, approved already where the policy is `auto`."""
    with desk.database.write() as connection:
        found = plan(desk, connection, case)
        if found is None:
            return
        if found.refusal:
            key = case.key("remedy-withheld")
            text, reason = found.refusal.text, found.refusal.reason
            timeline.append(connection, case.number, "remedy-withheld", text, at=desk.now(), key=key, reason=reason)
            return
        number = found.wish.own or _write(desk, connection, case, found)
        chosen = found.policy.policy
        begins = said("begins at once: policy auto, {rule}", "立即開始：政策為自動，{rule}", rule=found.policy.because)
        waits = said("waits for approval", "等待核准")
        timeline.append(
            connection,
            case.number,
            "remedy-proposed",
            said(
                "{command} ({when})",
                "{command}（{when}）",
                command=found.command,
                when=begins if chosen == "auto" else waits,
            ),
            at=desk.now(),
            key=case.key("remedy-proposed"),
            action=number,
            policy=chosen,
        )
    desk.work.set()


def _written(connection: sa.Connection, case: Case) -> int | None:
    """The id of the act of this run, where an earlier attempt at this stage wrote it."""
    query = sa.select(action.c.id).where(action.c.incident == case.number, action.c.run == case.run)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def _write(desk: Desk, connection: sa.Connection, case: Case, found: Plan) -> int:
    now, automatic = desk.now(), found.policy.policy == "auto"
    values: dict[str, Any] = {
        "incident": case.number,
        "run": case.run,
        "kind": "restart",
        "service": found.wish.service,
        "cause": found.wish.cause,
        "command": found.command,
        "state": "approved" if automatic else "proposed",
        "proposed_at": now,
        "decided_at": now if automatic else None,
        "decided_by": "policy auto" if automatic else None,
    }
    return int(connection.execute(sa.insert(action).values(values).returning(action.c.id)).scalar_one())
