"""Does a cause still hold? Asked before an act, after it, and to close: its steps are carried out and judged again."""

from __future__ import annotations

from typing import Any

from tixmaster.oncall.checks.carry_out import look, scene_of
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.sop import conditions
from tixmaster.oncall.store import incidents


def still_holds(desk: Desk, incident: dict[str, Any], run: int, cause: str) -> bool:
    """Whether any decision for `cause` holds now. A cause without a decision (none was found) never does."""
    runbook = desk.library.runbook_for(incident["alertname"], incident["service"])
    decisions = [row for row in runbook.decisions if row.cause == cause]
    named = {step for row in decisions for step in conditions.steps_named(row.when)}
    with desk.database.read() as connection:
        found = incidents.findings(connection, incident["number"], run)
    facts: dict[str, Any] = {item["key"]: {"status": item["status"], "value": item["value"]} for item in found}
    for step in runbook.steps:
        if step.id in named:
            result = look(step, scene_of(desk, incident["service"], incident["started_at"], step), facts)
            facts[step.id] = {"status": result.status, "value": result.value}
    return any(conditions.judge(row.when, facts).holds for row in decisions)
