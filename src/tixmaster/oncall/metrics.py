"""On-call's own metrics: the watchman is watched too."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from tixmaster.oncall.intake import Receipt
from tixmaster.stack.monitoring import series


class OncallMetrics:
    """Counters and gauges of on-call; all label sets start at zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._alerts = Counter(
            "oncall_alerts", "Alert events by what intake made of them.", ["outcome"], registry=registry
        )
        for outcome in ("stored", "repeated", "heartbeat", "refused"):
            self._alerts.labels(outcome)
        self.open_incidents = Gauge("oncall_incidents_open", "Incidents that are not closed.", registry=registry)
        self.mail_waiting = Gauge(series.OUTBOX_AGE, "Age of the oldest mail that waits to be sent.", registry=registry)
        self.watchdog_at = Gauge(
            "oncall_watchdog_last_received_timestamp_seconds",
            "When the Watchdog last came through, in Unix seconds; 0 for never.",
            registry=registry,
        )
        self.drill_ended_at = Gauge(
            series.DRILL_ENDED, "When the last drill was over, in Unix seconds; 0 for never.", registry=registry
        )
        self.drill_in_force = Gauge(series.DRILL_IN_FORCE, "1 while a drill is announced, else 0.", registry=registry)
        self.queue_age = Gauge(
            series.QUEUE_AGE,
            "Age of the oldest alert event that waits for a decision.",
            registry=registry,
        )

    def received(self, receipt: Receipt) -> None:
        """Counts the alerts of one webhook."""
        self._alerts.labels("stored").inc(receipt.stored)
        self._alerts.labels("repeated").inc(receipt.repeated)
        self._alerts.labels("heartbeat").inc(receipt.heartbeats)
        self._alerts.labels("refused").inc(len(receipt.refused))
