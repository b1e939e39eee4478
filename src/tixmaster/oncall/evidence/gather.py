"""Stage 5, evidence: alerts, findings, error-log excerpt, signatures, and the panels as pictures and numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tixmaster.oncall.case import Case
from tixmaster.oncall.checks.logs import LEAD, errors_of
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence import graph
from tixmaster.oncall.evidence.locker import Locker
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.store import incidents, timeline
from tixmaster.stack.errors import StackError
from tixmaster.stack.logs.signing import Tally
from tixmaster.stack.monitoring.client import Prometheus, Series
from tixmaster.stack.monitoring.dashboards import PANELS, Panel, panels_for

EXCERPT_LINES = 200
SHORTEST_LEAD, LONGEST_LEAD = timedelta(minutes=1), timedelta(minutes=30)
"""How much of the time before the trouble a graph shows: as much again and a half, but at least and at most so long."""
POINTS = 240
PROMETHEUS_SECONDS = 3.0


def gather(desk: Desk, case: Case) -> None:
    """Takes every artefact; one that cannot be had is accounted for with its reason, and the rest goes on."""
    with desk.database.read() as connection:
        incident = incidents.get(connection, case.number)
        alerts = incidents.alerts(connection, case.number)
        findings = incidents.findings(connection, case.number, case.run)
    locker = Locker(desk, case)
    locker.keep("alerts", "The alerts as they arrived", "alerts.json", _as_json(alerts))
    locker.keep("findings", "What every step found", "findings.json", _as_json(findings))
    _keep_logs(desk, locker, incident)
    _keep_panels(desk, locker, incident, alerts)
    with desk.database.write() as connection:
        taken = [item for item in incidents.artefacts(connection, case.number) if item["run"] == case.run]
        good = sum(item["status"] == "ok" for item in taken)
        timeline.append(
            connection,
            case.number,
            "evidence-complete",
            f"Evidence complete: {good} of {len(taken)} artefacts taken",
            at=desk.now(),
            key=case.key("evidence-complete"),
            missing=[f"{item['title']}: {item['reason']}" for item in taken if item["status"] != "ok"],
        )


def _as_json(rows: list[dict[str, Any]]) -> bytes:
    return redact(msgspec.json.format(msgspec.json.encode(rows)).decode()).encode()


def _keep_logs(desk: Desk, locker: Locker, incident: dict[str, Any]) -> None:
    """The excerpt with file and line of each error, and the signatures of all of them."""
    if incident["service"] not in desk.config.service_names:  # a label is anybody's word, and must not become a path
        locker.miss("log-excerpt", "Error log", f"{incident['service']} is not a service of tixmaster.toml")
        return
    try:
        name, lines = errors_of(desk.config, incident["service"], incident["started_at"] - LEAD, desk.now())
    except StackError as error:
        locker.miss("log-excerpt", "Error log", str(error))
        return
    if not lines:
        locker.miss("log-excerpt", f"Error log {name}", f"{name} holds no error of that time")
        return
    tally = Tally()
    for line in lines:
        tally.add(line.fields, line.text)
    groups = tally.signatures()
    excerpt = "\n".join(f"{line.place}: {redact(line.text)}" for line in lines[:EXCERPT_LINES])
    more = f"\n… {len(lines) - EXCERPT_LINES} further errors" if len(lines) > EXCERPT_LINES else ""
    locker.keep("log-excerpt", f"{name}, {len(lines)} errors", "error-log.txt", f"{excerpt}{more}\n".encode())
    counted = [{"id": item.id, "count": item.count, "signature": redact(item.pattern)} for item in groups]
    locker.keep("signatures", f"{len(groups)} error signatures", "signatures.json", _as_json(counted))


def _keep_panels(desk: Desk, locker: Locker, incident: dict[str, Any], alerts: list[dict[str, Any]]) -> None:
    alerted_at: datetime = min(item["starts_at"] for item in alerts)
    end = desk.now()
    lead = min(max((end - incident["started_at"]) * 1.5, SHORTEST_LEAD), LONGEST_LEAD)
    start = incident["started_at"] - lead
    step = max((end - start).total_seconds() / POINTS, 1.0)
    for panel in panels_of(desk, incident["alertname"]):
        try:
            with Prometheus(desk.config.url("prometheus"), timeout=PROMETHEUS_SECONDS) as prometheus:
                lines = [
                    (query.named(series.labels), series)
                    for query in panel.queries
                    for series in prometheus.query_range(query.expr, start, end, step)
                ]
        except StackError as error:
            locker.miss("panel", panel.title, str(error))
            continue
        _keep_panel(locker, panel, lines, incident["started_at"], alerted_at)


def _keep_panel(
    locker: Locker, panel: Panel, lines: list[tuple[str, Series]], started_at: datetime, alerted_at: datetime
) -> None:
    picture = graph.draw(panel, lines, started_at=started_at, alerted_at=alerted_at)
    locker.keep("panel", panel.title, f"{panel.uid}.png", picture)
    locker.keep("numbers", f"{panel.title}, numbers", f"{panel.uid}.csv", graph.as_csv(lines).encode())


def panels_of(desk: Desk, alertname: str) -> tuple[Panel, ...]:
    """The alert's panels, and those that its runbook asks for besides."""
    wanted = desk.library.runbook_for(alertname).panels
    own = panels_for(alertname)
    return own + tuple(panel for panel in PANELS if panel.uid in wanted and panel not in own)
