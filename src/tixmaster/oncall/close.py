"""Stage 9, close: a resolved incident is closed once its cause is gone, and the monitoring is alive and says it is quiet.

`resolved` can also mean that Prometheus died (prometheus#4550), so silence alone closes nothing: Prometheus must answer,
know no firing alert of the incident (inhibited ones count), and the Watchdog must have come through lately.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall import flaps, kinship
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.incident import service_of
from tixmaster.oncall.intake import WATCHDOG_ALERT
from tixmaster.oncall.person import who
from tixmaster.oncall.recheck import still_holds
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import action, incident
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.said import Said, joined, said

QUIET = timedelta(seconds=30)
QUIET_IN_DRILL = timedelta(seconds=3)
WATCHDOG_FRESH = timedelta(minutes=3)
PROMETHEUS_SECONDS = 2.0
BUSY = ("approved", "running")


def ready(desk: Desk) -> list[int]:
    """The resolved incidents that may be closed now. One that has to wait says why on its timeline, once a reason."""
    with desk.database.read() as connection:
        resolved = incidents.newest(connection, ("resolved",), limit=1000)
        watchdog = facts.watchdog_seen_at(connection)
        busy = {item["number"] for item in resolved if _is_busy(connection, item)}
    due = [item for item in resolved if item["number"] not in busy and _has_been_quiet(desk, item)]
    return [item["number"] for item in due if not _must_wait(desk, item, watchdog)]


def _is_busy(connection: sa.Connection, item: dict[str, Any]) -> bool:
    """Whether an investigation or a remedy of the incident is still under way."""
    actions = incidents.actions(connection, item["number"])
    return item["run_ended"] < item["run"] or any(row["state"] in BUSY for row in actions)


def _has_been_quiet(desk: Desk, item: dict[str, Any]) -> bool:
    return desk.age(item["resolved_at"]) >= (QUIET_IN_DRILL if item["drill"] else QUIET)


def _must_wait(desk: Desk, item: dict[str, Any], watchdog: datetime | None) -> bool:
    reason = _why_not(desk, item, watchdog)
    if reason is None:
        return False
    with desk.database.write() as connection:
        text = said("Not closed yet: {reason}", "暫不結案：{reason}", reason=reason)
        timeline.append(connection, item["number"], "close-waits", text, at=desk.now(), key=f"waits:{reason}")
    return True


def _why_not(desk: Desk, item: dict[str, Any], watchdog: datetime | None) -> Said | None:
    """The reason why the incident cannot be closed now."""
    try:
        with Prometheus(desk.config.url("prometheus"), timeout=PROMETHEUS_SECONDS) as prometheus:
            firing = {_named(alert.labels) for alert in prometheus.alerts() if alert.state == "firing"}
    except StackError as error:
        return said(
            "Prometheus must confirm that it is over, and it does not answer ({why})",
            "須由 Prometheus 確認已結束，但它沒有回應（{why}）",
            why=error.words,
        )
    if watchdog is None or desk.age(watchdog) > WATCHDOG_FRESH:
        return said(
            "the Watchdog has not come through: the way from Prometheus to on-call may be broken (`tix check monitoring`)",
            "Watchdog 未送達：Prometheus 至值勤系統的通道可能中斷（`tix check monitoring`）",
        )
    with desk.database.read() as connection:
        cause = next(iter(incidents.causes(connection, item["number"], item["run"])), None)
        own = incidents.alert_kinds(connection, item["number"])
        flapping = flaps.quiet_at(connection, item["number"], desk.now())
    if still := sorted({name for name, service in firing if _concerns(desk, own, (name, service))}):
        return said(
            "{alerts} still fires in Prometheus", "{alerts} 在 Prometheus 仍觸發中", alerts=joined(still, ", ", "、")
        )
    if flapping and flapping > desk.now():
        return said(
            "its alerts came and went: quiet until {until:%H:%M:%S} UTC is wanted",
            "警報反覆觸發：須平穩至 {until:%H:%M:%S} UTC",
            until=flapping,
        )
    if item["alertname"] == WATCHDOG_ALERT:  # it has come through: that the path works is no trouble left to wait for
        return None
    if cause and still_holds(desk, item, item["run"], cause["id"]):
        title = Said(cause["title"]["en"], cause["title"]["zh-TW"])
        return said(
            "the alert has ended, its cause has not: {cause}", "警報已解除，但原因尚未排除：{cause}", cause=title
        )
    return None


def _named(labels: dict[str, str]) -> kinship.Named:
    return labels["alertname"], service_of(labels)


def _concerns(desk: Desk, own: set[kinship.Named], alert: kinship.Named) -> bool:
    """Whether the alert is one of the incident's or a symptom of one. The Watchdog fires for ever: what its incident was
    about is that it did not come through."""
    if alert[0] == WATCHDOG_ALERT:
        return False
    return alert in own or any(kinship.explains(desk, held, alert) for held in own)


def finish(desk: Desk, number: int, *, by: str = timeline.ONCALL) -> None:
    """Closes the incident; what was still proposed is withdrawn. Closing a closed incident changes nothing."""
    now = desk.now()
    with desk.database.write() as connection:
        before = incidents.get(connection, number)
        if before["state"] == "closed":
            return
        connection.execute(sa.update(incident).where(incident.c.number == number).values(state="closed", closed_at=now))
        connection.execute(
            sa.update(action)
            .where(action.c.incident == number, action.c.state == "proposed")
            .values(state="withdrawn", finished_at=now, **columns(result=said("the incident was closed", "事件已結案")))
        )
        if before["state"] == "resolved":
            calm = said("The alerts are resolved and the metrics are quiet", "警報已解除，指標平穩")
            timeline.append(connection, number, "recovered", calm, at=now)
        text = said("Closed by {by}", "由 {by} 結案", by=who(by))
        timeline.append(connection, number, "closed", text, at=now, by=by)
