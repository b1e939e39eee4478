"""The dead man's switch: the Watchdog falls silent, and on-call itself raises the alarm.

Whoever would tell of a broken alert path is on it. So on-call counts the seconds since the Watchdog last came through
(`intake.py`), and puts an alert of its own among the events when they are too many; from there on it is an alert like
any other, with the runbook `sop/Watchdog.md`. The next Watchdog ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.intake import WATCHDOG_ALERT
from tixmaster.oncall.store import facts, incidents
from tixmaster.oncall.store.schema import alert_event
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.monitoring.prometheus import ENVIRONMENT
from tixmaster.stack.monitoring.timings import PROFILES, silence

log = structlog.get_logger(__name__)

FINGERPRINT = "dead-mans-switch"
"""One silence, one incident: the store keeps one open incident a fingerprint."""
LABELS = {
    "alertname": WATCHDOG_ALERT,
    "env": ENVIRONMENT,
    "service": "prometheus",
    "severity": "critical",
    "team": "platform",
}
ANNOTATIONS = {
    "summary": "The Watchdog has fallen silent: no alert may reach on-call",
    "summary_zh": "Watchdog 已停止送達：警報可能無法送達值勤系統",
    "description": "Prometheus and Alertmanager send it all the time. On-call says so by itself, as no alert can.",
    "description_zh": "Prometheus 與 Alertmanager 會持續送出。任何警報皆無法告知此事，故由值勤系統自行提出。",
}


class DeadMansSwitch:
    """Looked at once a tick. What it raised is in the store; a process that starts anew waits anew and doubles nothing.

    `elapsed` counts the seconds that this machine was awake: neither a clock that is set nor a laptop that slept is silence.
    """

    def __init__(self, desk: Desk, elapsed: Callable[[], float] = time.monotonic) -> None:
        timings = PROFILES[desk.config.timing]
        self._desk = desk
        self._elapsed = elapsed
        # Prometheus and Alertmanager may have been started at the same moment as this process.
        self._quiet_since = elapsed() + timings.watchdog_start
        with desk.database.read() as connection:
            self._heard = facts.watchdog_seen_at(connection)
        self._raised = False
        self._looked_at, self._due = -1, 0.0  # how often had been written then, and when silence would be an alarm

    def look(self) -> None:
        """Raises the alarm when it is due, and ends it when the Watchdog has come through since."""
        database, planned = self._desk.database, self._desk.config.planned("downtime", self._desk.now())
        unchanged = not database.shared and database.written == self._looked_at
        if unchanged and not planned and self._elapsed() < self._due:
            return
        self._looked_at = database.written
        with self._desk.database.read() as connection:
            heard = facts.watchdog_seen_at(connection)
            held = next(iter(incidents.open_with_alerts(connection, [FINGERPRINT])), None)
            drill = facts.drill_in_force(connection, self._desk.now())
        # In a drill the Watchdog comes at the drill's pace, and is missed at it.
        limit = silence(PROFILES["drill" if drill else self._desk.config.timing])
        now = self._elapsed()
        if heard != self._heard:
            self._heard, self._quiet_since, self._raised = heard, now, False
        elif planned:
            self._quiet_since = max(self._quiet_since, now)
        self._due = now if self._raised else self._quiet_since + limit
        if held is not None and held["alert_status"] == "firing" and heard not in (None, held["alert_starts_at"]):
            self._tell("resolved", held["alert_starts_at"], heard)
        elif not self._raised and now - self._quiet_since >= limit:
            self._raised = True
            log.warning("watchdog-silent", seconds=round(now - self._quiet_since), heard=heard and heard.isoformat())
            self._tell("firing", heard or self._desk.now())

    def _tell(self, status: str, starts_at: datetime, ends_at: datetime | None = None) -> None:
        """Puts the event in the line, once for each silence, however often the process is killed meanwhile."""
        row: dict[str, Any] = {
            "key": f"{FINGERPRINT}|{status}|{starts_at.isoformat()}",
            "received_at": self._desk.now(),
            "fingerprint": FINGERPRINT,
            "status": status,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "labels": LABELS,
            "annotations": ANNOTATIONS,
            "generator_url": "",
        }
        with self._desk.database.write() as connection:
            connection.execute(
                insert(connection, alert_event).values(**row).on_conflict_do_nothing(index_elements=["key"])
            )
        self._desk.work.set()
