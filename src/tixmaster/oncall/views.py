"""Incidents as JSON, for the HTTP interface, the command line and the drills."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tixmaster.oncall import figures
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.remedy.guards import GUARDS
from tixmaster.oncall.remedy.propose import plan as remedy_plan
from tixmaster.oncall.report import record
from tixmaster.oncall.report.story import Story, tell
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.bilingual import columns
from tixmaster.stack.said import said

STATES: dict[str, tuple[str, ...]] = {
    "open": ("open", "resolved"),
    "closed": ("closed",),
    "all": ("open", "resolved", "closed"),
}
LIST_LIMIT = 200
REASONS = ("because", "because_zh", "contradicts", "contradicts_zh")
FAILURE = ("last_error", "last_error_zh")


def summaries(desk: Desk, which: str) -> list[dict[str, Any]]:
    """The newest incidents: `open` (not closed), `closed` or `all`."""
    with desk.database.read() as connection:
        rows = incidents.newest(connection, STATES[which], LIST_LIMIT)
        first = {
            row["number"]: next(iter(incidents.causes(connection, row["number"], row["run"])), None) for row in rows
        }
    return [_summary(desk, row, first[row["number"]]) for row in rows]


def detail(desk: Desk, number: int) -> dict[str, Any]:
    """One incident with everything that is known of it; raises `UnknownIncidentError`."""
    story = tell(desk, number)
    return {
        **_summary(desk, story.incident, next(iter(story.causes), None)),
        "alerts": [
            _picked(item, "alertname", "status", "labels", "annotations", "starts_at", "ends_at")
            for item in story.alerts
        ],
        "alert_count": story.alert_count,
        "steps": [
            _picked(item, "key", "title", "status", "value", "reason", "reason_zh", "seconds")
            for item in story.findings
        ],
        "causes": [
            _picked(item, "id", "title", "confidence", "practice", *REASONS, "evidence") for item in story.causes
        ],
        "evidence": [_picked(item, "id", "run", *record.MANIFEST[1:]) for item in story.artefacts],
        "actions": [_action(item) for item in story.actions],
        "mails": [
            _picked(item, "kind", "subject", "state", "sent_at", "message_id", "attempts", *FAILURE)
            | {"to": [item["address"]]}
            for item in story.mails
        ],
        "deliveries": [
            _picked(item, "medium", "address", "kind", "subject", "state", "sent_at", "attempts", *FAILURE)
            for item in story.deliveries
        ],
        "ticket": _picked(story.ticket, "reference", "url", "closed") if story.ticket else None,
        "timeline": _timeline(story),
    }


def plan(desk: Desk, number: int) -> dict[str, Any]:
    """The dry run of the remedy ladder: `{"action", "policy", "because", "guards": [{"reason", "objection"}], "would"}`."""
    with desk.database.read() as connection:
        row = incidents.get(connection, number)
        found = remedy_plan(desk, connection, Case(number=number, run=row["run"]))
        if found is None:
            nothing = said("nothing: the first cause calls for no remedy", "無：首要原因無須處置")
            return {"action": None, **columns(would=nothing)}
        judged = [
            {"reason": reason, **columns(objection=guard(desk, connection, found.wish))}
            for reason, guard in GUARDS.items()
        ]
    would = {
        "auto": said("act at once", "立即執行"),
        "approve": said("ask for approval", "請求核准"),
        "observe": said("leave it to a person", "交由人員處理"),
    }
    refused = said("nothing: {why}", "無：{why}", why=found.refusal.text) if found.refusal else None
    return {
        "action": found.command,
        "policy": found.policy.policy,
        **columns(because=found.policy.because),
        "guards": judged,
        **columns(would=refused or would[found.policy.policy]),
    }


def statistics(desk: Desk, days: int) -> dict[str, Any]:
    """Mean times (seconds) of the incidents of the last days, drills apart, and the causes that came most often."""
    with desk.database.read() as connection:
        found = figures.over(connection, desk.now() - timedelta(days=days))
    return {
        "days": days,
        "incidents": {kind: found.incidents[kind] for kind in figures.KINDS},
        "means_seconds": {
            kind: {
                f"mean_time_to_{measure}": round(found.means[measure, kind], 1)
                for measure in figures.MEASURES
                if (measure, kind) in found.means
            }
            for kind in figures.KINDS
        },
        "causes": [{"id": cause, "count": count} for cause, count in found.causes],
    }


def _summary(desk: Desk, row: dict[str, Any], cause: dict[str, Any] | None) -> dict[str, Any]:
    name = incidents.name_of(row["number"])
    acknowledged = row["state"] == "open" and row["acknowledged_at"] is not None
    folder = record_folder(desk, name)
    return {
        "id": name,
        **_picked(row, "title", "title_zh", "severity", "service", "alertname", "drill"),
        "state": "acknowledged" if acknowledged else row["state"],
        **_picked(row, "started_at", "opened_at", "acknowledged_at", "resolved_at", "closed_at", "assigned_to"),
        "merged_into": incidents.name_of(row["merged_into"]) if row["merged_into"] else None,
        "cause": _picked(cause, "id", "title", "confidence") if cause else None,
        "record": str(folder) if folder.is_dir() else None,
    }


def _action(item: dict[str, Any]) -> dict[str, Any]:
    return _picked(
        item,
        "id",
        "kind",
        "service",
        "cause",
        "state",
        "command",
        "result",
        "result_zh",
        "proposed_at",
        "decided_by",
        "started_at",
        "finished_at",
        "before",
        "after",
    )


def _timeline(story: Story) -> list[dict[str, Any]]:
    return [_picked(row, "at", "kind", "text", "text_zh", "by", "data") for row in story.timeline]


def _picked(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """The named columns, times as RFC 3339 in UTC with milliseconds."""
    return {
        name: value.isoformat(timespec="milliseconds") if isinstance(value := row[name], datetime) else value
        for name in names
    }
