"""Stage 4, checks: carry out the steps of the runbook and keep what each found.

A finding is committed as soon as it is there; a run that goes on after a crash carries out only the steps without one.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from tixmaster.oncall import checks
from tixmaster.oncall.case import Case
from tixmaster.oncall.checks import within
from tixmaster.oncall.checks.registry import Finding, Scene
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.sop import conditions
from tixmaster.oncall.sop.document import Step
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import finding as finding_table
from tixmaster.stack.said import said

MOST_AHEAD = 4
MARKS = {"ok": "✓", "failed": "✗", "skipped": "–", "error": "!"}


def carry_out(desk: Desk, case: Case) -> None:
    """Carries out every step that has no finding yet. Findings are kept in the order of the runbook; the steps that mostly
    wait (`Check.ahead`) do so beside the others."""
    with desk.database.read() as connection:
        incident = incidents.get(connection, case.number)
        found = {row["key"]: row for row in incidents.findings(connection, case.number, case.run)}
    runbook = desk.library.runbook_for(incident["alertname"], incident["service"])
    facts = {key: {"status": row["status"], "value": row["value"]} for key, row in found.items()}
    started_at: datetime = incident["started_at"]

    def carried_out(step: Step) -> tuple[Finding, float]:
        began = time.monotonic()
        result = look(step, scene_of(desk, incident["service"], started_at, step), facts)
        return result, time.monotonic() - began

    with ThreadPoolExecutor(MOST_AHEAD, "checks-ahead") as pool:
        ahead = {step.id: pool.submit(carried_out, step) for step in runbook.steps if _is_begun_ahead(step, facts)}
        for position, step in enumerate(runbook.steps):
            if step.id not in facts:
                result, seconds = ahead[step.id].result() if step.id in ahead else carried_out(step)
                _keep(desk, case, position, step, result, seconds)
                facts[step.id] = {"status": result.status, "value": result.value}
            since = facts[step.id]["value"].get("started_at")
            if isinstance(since, str):
                started_at = min(started_at, datetime.fromisoformat(since))
    with desk.database.write() as connection:
        incidents.set_started(connection, case.number, started_at)


def _is_begun_ahead(step: Step, facts: dict[str, Any]) -> bool:
    """Whether the step hangs on nothing that others find, and is not done yet."""
    return step.id not in facts and step.when is None and checks.registered()[step.check].ahead


def scene_of(desk: Desk, service: str, started_at: datetime, step: Step) -> Scene:
    """Where and when a step looks."""
    return Scene(config=desk.config, service=service, started_at=started_at, now=desk.now(), timeout=step.timeout)


def look(step: Step, scene: Scene, facts: dict[str, Any]) -> Finding:
    """Carries out one step: its condition, its check within the time limit, its expectation."""
    if step.when and not conditions.judge(step.when, facts).holds:
        return Finding(status="skipped", reason=step.why_skipped)
    result = within.limits(checks.registered()[step.check], step.params, scene)
    if step.expect is None or result.status != "ok":
        return result
    verdict = conditions.judge(step.expect, {"value": result.value})
    if verdict.problem:
        return msgspec.structs.replace(result, status="error", reason=verdict.problem)
    return result if verdict.holds else msgspec.structs.replace(result, status="failed")


def _keep(desk: Desk, case: Case, position: int, step: Step, result: Finding, seconds: float) -> None:
    now = desk.now()
    with desk.database.write() as connection:
        connection.execute(
            sa.insert(finding_table).values(
                incident=case.number,
                run=case.run,
                key=step.id,
                position=position,
                title=step.title.both(),
                status=result.status,
                value=result.value,
                seconds=round(seconds, 3),
                at=now,
                **columns(reason=result.reason),
            )
        )
        timeline.append(
            connection,
            case.number,
            "step",
            said(
                "{mark} {title}: {reason}",
                "{mark} {title}：{reason}",
                mark=MARKS[result.status],
                title=step.title.said,
                reason=result.reason,
            ),
            at=now,
            key=case.key(f"step:{step.id}"),
            step=step.id,
            status=result.status,
            seconds=round(seconds, 3),
        )
