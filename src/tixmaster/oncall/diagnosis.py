"""Stage 6, diagnosis: the runbook's decision table over what the steps found.

Deterministic: the same findings give the same causes in the same order, each with the findings and artefacts it rests on,
the findings that contradict it, and a confidence that is counted in drills (`practice.py`), not guessed. Where no row
applies the cause is `no-cause-found`. What the metrics show to have changed first is told beside the first cause, ranked; it
decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.first_change import Change, FirstChange
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.practice import NEVER, Practice, practice
from tixmaster.oncall.sop import conditions
from tixmaster.oncall.sop.decide import NO_CAUSE, Held, holding
from tixmaster.oncall.sop.document import DecisionRow
from tixmaster.oncall.sop.library import Runbook
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import list_columns, read
from tixmaster.oncall.store.schema import cause
from tixmaster.stack.said import Said, joined, said

log = structlog.get_logger(__name__)

Rows = list[dict[str, Any]]
MOST_CHANGES = 3
LEAST_CHANCE = 0.1
"""A series that was the first to change with less chance than this is not worth a person's time."""


def conclude(desk: Desk, case: Case) -> None:
    """Writes the causes of the run, the most likely first, and says the first on the timeline."""
    drilled = practice(desk.config)
    with desk.database.write() as connection:
        incident = incidents.get(connection, case.number)
        findings = incidents.findings(connection, case.number, case.run)
        artefacts = [item for item in incidents.artefacts(connection, case.number) if item["run"] == case.run]
        causes = causes_of(
            desk.library.runbook_for(incident["alertname"], incident["service"]), findings, artefacts, drilled
        )
        causes[0]["because"] += changed_first(artefacts, _read(desk, case, artefacts), incident["started_at"])
        connection.execute(sa.delete(cause).where(cause.c.incident == case.number, cause.c.run == case.run))
        for rank, one in enumerate(causes, start=1):
            title = desk.library.cause_title(one["id"]).both()
            reasons = list_columns(because=one["because"], contradicts=one["contradicts"])
            values = {**one, **reasons, "incident": case.number, "run": case.run, "rank": rank, "title": title}
            connection.execute(sa.insert(cause).values(values))
        timeline.append(
            connection,
            case.number,
            "diagnosed",
            _said(desk, causes[0]),
            at=desk.now(),
            key=case.key("diagnosed"),
            cause=causes[0]["id"],
        )


def causes_of(runbook: Runbook, findings: Rows, artefacts: Rows, drilled: Practice) -> Rows:
    """The causes of a run, without their titles: `no-cause-found` alone where no decision holds."""
    held = _holding(runbook, findings)
    first: dict[str, Held] = {}
    for one in held:
        first.setdefault(one.row.cause, one)  # a cause that two rows name is one cause: the stronger row speaks for it
    return [_stated(one, findings, artefacts, drilled) for one in first.values()] or [_unknown(findings, artefacts)]


def changed_first(artefacts: Rows, found: FirstChange | None, started_at: datetime) -> list[Said]:
    """The series that most probably changed first, in words, the likeliest first, each with the artefact that shows it; and
    where that rests on too little."""
    if found is None:
        return []
    shown = next(item["id"] for item in _of_kind(artefacts))
    if not found.series:
        return [
            said(
                "Changed first: cannot be told, there is too little history from before the trouble ({shown})",
                "最先變化：無法判斷，事發前的歷史資料太少（{shown}）",
                shown=shown,
            )
        ]
    ranked = sorted(found.changes, key=lambda one: (-one.first, one.at, one.metric, sorted(one.labels.items())))
    changes = [_changed(one, shown, started_at) for one in ranked[:MOST_CHANGES] if one.first >= LEAST_CHANCE]
    if changes and found.young:
        changes.append(
            said(
                "Left out of that, as started too shortly before: {services}",
                "以下服務啟動未久，未列入比較：{services}",
                services=", ".join(found.young),
            )
        )
    return changes


def _changed(one: Change, shown: str, started_at: datetime) -> Said:
    return said(
        "Changed first ({chance:.0%} sure, {shown}): {metric} of {service}, {before:g} → {after:g}, {apart}",
        "最先變化（把握 {chance:.0%}，{shown}）：{service} 的 {metric}，{before:g} → {after:g}，{apart}",
        chance=one.first,
        shown=shown,
        metric=one.metric,
        service=one.labels.get("service", "?"),
        before=one.before,
        after=one.after,
        apart=_apart(one.at, started_at),
    )


def _apart(at: datetime, started_at: datetime) -> Said:
    """A change long before the trouble may be its cause, or another story; a person can tell."""
    seconds = (started_at - at).total_seconds()
    if seconds >= 0:
        return said("{seconds:.0f} s before the trouble began", "於事發前 {seconds:.0f} 秒", seconds=seconds)
    return said("{seconds:.0f} s after the trouble began", "於事發後 {seconds:.0f} 秒", seconds=-seconds)


def _of_kind(artefacts: Rows) -> Rows:
    return [item for item in artefacts if item["kind"] == "first-change" and item["status"] == "ok"]


def _read(desk: Desk, case: Case, artefacts: Rows) -> FirstChange | None:
    """What the artefact says; None where it was not taken, or the disk has lost it."""
    for item in _of_kind(artefacts):
        try:
            return msgspec.json.decode((record_folder(desk, case.name) / item["path"]).read_bytes(), type=FirstChange)
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("first-change-unread", incident=case.name, artefact=item["id"], error=str(error))
    return None


def matching(runbook: Runbook, findings: Rows) -> list[DecisionRow]:
    """The decision rows that hold for the findings and that nothing contradicts, the most likely first."""
    return [one.row for one in _holding(runbook, findings) if not one.contradicted_by]


def _holding(runbook: Runbook, findings: Rows) -> list[Held]:
    facts = {item["key"]: {"status": item["status"], "value": item["value"]} for item in findings}
    return holding(runbook.decisions, facts, runbook.against)


def _stated(held: Held, findings: Rows, artefacts: Rows, drilled: Practice) -> dict[str, Any]:
    """A cause with its reasons: the findings its condition names, and the artefacts that show them."""
    count = drilled.of(held.row.cause)
    return {
        "id": held.row.cause,
        "confidence": drilled.confidence(held.row.cause, contradicted=bool(held.contradicted_by)),
        "practice": {"named": count.named, "right": count.right},
        "because": _found(findings, held.row.when),
        "contradicts": list(dict.fromkeys(said for one in held.contradicted_by for said in _found(findings, one))),
        "evidence": [item["id"] for item in artefacts if item["status"] == "ok"],
        "steps": list(conditions.steps_named(held.row.when)),
    }


def _unknown(findings: Rows, artefacts: Rows) -> dict[str, Any]:
    """Nothing is guessed: what was found stands there instead of a cause."""
    failed = [item for item in findings if item["status"] == "failed"]
    return {
        "id": NO_CAUSE,
        "confidence": 0.0,
        "practice": {"named": NEVER.named, "right": NEVER.right},
        "because": _in_words(failed) or [said("every step found things as they should be", "各步驟皆未發現異常")],
        "contradicts": [],
        "evidence": [item["id"] for item in artefacts],
        "steps": [item["key"] for item in failed],
    }


def _found(findings: Rows, condition: str) -> list[Said]:
    """What the steps found that a condition names."""
    named = conditions.steps_named(condition)
    return _in_words(item for item in findings if item["key"] in named)


def _in_words(findings: Iterable[dict[str, Any]]) -> list[Said]:
    return [
        joined([Said(item["title"]["en"], item["title"]["zh-TW"]), read(item, "reason")], ": ", "：")
        for item in findings
    ]


def _said(desk: Desk, first: dict[str, Any]) -> Said:
    title = desk.library.cause_title(first["id"]).said
    if first["id"] == NO_CAUSE:
        return said("Cause: {title}", "原因：{title}", title=title)
    named, right = first["practice"]["named"], first["practice"]["right"]
    drills = said("right in {right} of {named} drills", "{named} 次演練中 {right} 次正確", right=right, named=named)
    return said(
        "Cause: {title} (confidence {confidence:.0%}: {drills})",
        "原因：{title}（信心 {confidence:.0%}：{drills}）",
        title=title,
        confidence=first["confidence"],
        drills=drills if named else said("not tried in a drill", "尚無演練驗證"),
    )
