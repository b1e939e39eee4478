"""Reconciliation: what Alertmanager holds, compared with what on-call holds.

Notifications get lost: a webhook was truncated, an alert was muted after it was told, its `resolved` never comes. So
Alertmanager is asked (GET /api/v2/alerts) every minute, at the start, and at once after a truncated webhook. An alert that it
would have told us of is taken in; one that it holds no more has ended, if Prometheus answers and says so, too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from tixmaster.oncall import intake, maintenance, normalize
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.incident import service_of
from tixmaster.oncall.intake import WATCHDOG_ALERT
from tixmaster.oncall.kinship import Named
from tixmaster.oncall.normalize import NormalAlert
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import alert_event
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring import alertmanager as routing
from tixmaster.stack.monitoring.client import Alert, Alertmanager, Prometheus

log = structlog.get_logger(__name__)

SECONDS = 5.0
PRECISION = timedelta(milliseconds=1)
GRACE = timedelta(minutes=2)
"""An alert is held at least so long before its absence means anything: it may be on its way."""


def reconcile(desk: Desk) -> None:
    """Asks Alertmanager and, where alerts have gone, Prometheus; what follows is left to the incident stage, as events."""
    try:
        with Alertmanager(desk.config.url("alertmanager"), timeout=SECONDS) as alertmanager:
            alerts = alertmanager.alerts()
    except StackError as error:
        log.info("reconcile-waits", error=str(error))
        return
    taken_in = _take_in(desk, [alert for alert in alerts if _is_ours(alert)])
    ended = _end_those_gone(desk, {alert.fingerprint for alert in alerts})
    if taken_in or ended:
        log.warning("reconciled", taken_in=taken_in, ended=ended)
        desk.work.set()


def _is_ours(alert: Alert) -> bool:
    """Whether Alertmanager would tell on-call of it now."""
    told = any(receiver.name == routing.ONCALL for receiver in alert.receivers)
    return told and alert.status.state == "active" and alert.name not in ("", WATCHDOG_ALERT)


def _take_in(desk: Desk, alerts: list[Alert]) -> list[str]:
    """Stores the alerts that no event tells of, and takes up again those that a maintenance held back."""
    with desk.database.write() as connection:
        found = incidents.open_with_alerts(connection, [alert.fingerprint for alert in alerts])
        held = {row["alert_fingerprint"] for row in found}
        return [
            alert.name for alert in alerts if alert.fingerprint not in held and _is_taken_in(desk, connection, alert)
        ]


def _is_taken_in(desk: Desk, connection: sa.Connection, alert: Alert) -> bool:
    """Whether there is something to decide on: the alert is new, or a maintenance is over. What a person closed stays so."""
    normal = _normal(alert, desk.now())
    if "alertname" not in normal.labels:
        return False  # the webhook has rejected it, and said so
    told = connection.execute(sa.select(alert_event.c.id, alert_event.c.decision).where(_tells_of(normal))).all()
    if not told:
        row = insert(connection, alert_event).values(**intake.row_of(normal, desk.now()))
        return bool(connection.execute(row.on_conflict_do_nothing(index_elements=["key"])).rowcount)
    waiting = [row.id for row in told if row.decision == "maintenance"]
    if not waiting or maintenance.covering(desk, connection, service_of(normal.labels)):
        return False
    again = sa.update(alert_event).where(alert_event.c.id == waiting[-1]).values(decision=None, decided_at=None)
    connection.execute(again)
    return True


def _tells_of(alert: NormalAlert) -> sa.ColumnElement[bool]:
    """The events of this firing. A webhook tells the start to the nanosecond, the list to the millisecond. A start that is
    no possible one tells no two firings apart: any event of the alert is meant then."""
    start = alert_event.c.starts_at
    same = sa.true() if alert.clamped else start.between(alert.starts_at - PRECISION, alert.starts_at + PRECISION)
    return sa.and_(alert_event.c.fingerprint == alert.fingerprint, alert_event.c.status == "firing", same)


def _normal(alert: Alert, now: datetime) -> NormalAlert:
    """The alert as the webhook would have brought it."""
    return normalize.alert(
        status="firing",
        sent_labels=alert.labels,
        sent_annotations=alert.annotations,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
        fingerprint=alert.fingerprint,
        generator_url="",
        now=now,
    )


def _end_those_gone(desk: Desk, known: Collection[str]) -> list[str]:
    """Stores an end for each alert that we hold as firing, that Alertmanager has no more, and that Prometheus denies."""
    now = desk.now()
    with desk.database.read() as connection:
        held = [row for row in incidents.firing(connection) if desk.age(row["starts_at"]) > GRACE]
    gone = [row for row in held if row["fingerprint"] not in known and row["alertname"] != WATCHDOG_ALERT]
    if not gone:
        return []
    try:
        firing = _firing(desk)
    except StackError as error:
        log.info("reconcile-waits", error=str(error))
        return []
    over = [row for row in gone if (row["alertname"], row["service"]) not in firing]
    with desk.database.write() as connection:
        for row in over:
            connection.execute(_end_of(connection, row, now))
    return [row["alertname"] for row in over]


def _firing(desk: Desk) -> set[Named]:
    with Prometheus(desk.config.url("prometheus"), timeout=SECONDS) as prometheus:
        return {
            (labels.get("alertname", ""), service_of(labels))
            for labels in (
                normalize.labels_of(alert.labels) for alert in prometheus.alerts() if alert.state == "firing"
            )
        }


def _end_of(connection: sa.Connection, row: dict[str, Any], now: datetime) -> sa.Executable:
    values = {name: row[name] for name in ("fingerprint", "starts_at", "labels", "annotations")}
    ended = normalize.key(row["fingerprint"], "resolved", row["starts_at"], now)
    event = {"key": ended, "received_at": now, "status": "resolved", "ends_at": now, "generator_url": ""}
    return insert(connection, alert_event).values(**values, **event).on_conflict_do_nothing(index_elements=["key"])
