"""Stage 6, diagnosis: the runbook's decision table over what the steps found.

Deterministic: the same findings give the same causes in the same order, each with the findings and artefacts it rests on.
Where no row applies the cause is `no-cause-found`; nothing is guessed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.sop import conditions
from tixmaster.oncall.sop.decide import NO_CAUSE, holding
from tixmaster.oncall.sop.document import DecisionRow
from tixmaster.oncall.sop.library import Runbook
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.schema import cause


def conclude(desk: Desk, case: Case) -> None:
    """Writes the causes of the run, the most likely first, and says the first on the timeline."""
    now = desk.now()
    with desk.database.write() as connection:
        incident = incidents.get(connection, case.number)
        findings = incidents.findings(connection, case.number, case.run)
        artefacts = [item for item in incidents.artefacts(connection, case.number) if item["run"] == case.run]
        runbook = desk.library.runbook_for(incident["alertname"])
        rows = matching(runbook, findings)
        connection.execute(sa.delete(cause).where(cause.c.incident == case.number, cause.c.run == case.run))
        for rank, row in enumerate(rows or [None], start=1):
            connection.execute(
                sa.insert(cause).values(
                    incident=case.number, run=case.run, rank=rank, **_stated(desk, row, findings, artefacts)
                )
            )
        title = desk.library.cause_title(rows[0].cause if rows else NO_CAUSE)
        timeline.append(
            connection,
            case.number,
            "diagnosed",
            f"Cause: {title.en}" + (f" (confidence {rows[0].confidence:.0%})" if rows else ""),
            at=now,
            key=case.key("diagnosed"),
            cause=rows[0].cause if rows else NO_CAUSE,
        )


def matching(runbook: Runbook, findings: list[dict[str, Any]]) -> list[DecisionRow]:
    """The decision rows that hold for the findings, by confidence, then by their place in the table."""
    facts = {item["key"]: {"status": item["status"], "value": item["value"]} for item in findings}
    return holding(runbook.decisions, facts)


def _stated(
    desk: Desk, row: DecisionRow | None, findings: list[dict[str, Any]], artefacts: list[dict[str, Any]]
) -> dict[str, Any]:
    """A cause with its reasons: the findings its condition names, and the artefacts that show them."""
    if row is None:
        failed = [item for item in findings if item["status"] == "failed"]
        return {
            "id": NO_CAUSE,
            "title": desk.library.cause_title(NO_CAUSE).both(),
            "confidence": 0.0,
            "because": [_in_words(item) for item in failed] or ["every step found things as they should be"],
            "evidence": [item["id"] for item in artefacts],
            "steps": [item["key"] for item in failed],
        }
    named = conditions.steps_named(row.when)
    return {
        "id": row.cause,
        "title": desk.library.cause_title(row.cause).both(),
        "confidence": row.confidence,
        "because": [_in_words(item) for item in findings if item["key"] in named],
        "evidence": [item["id"] for item in artefacts if item["status"] == "ok"],
        "steps": list(named),
    }


def _in_words(item: dict[str, Any]) -> str:
    return f"{item['title']['en']}: {item['reason']}"
