"""On-call's own metrics: the watchman is watched too."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from tixmaster.oncall.intake import Receipt
from tixmaster.stack.config import Planned
from tixmaster.stack.monitoring import series


class OncallMetrics:
    """Counters and gauges of on-call; all label sets start at zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._alerts = Counter(
            "oncall_alerts", "Alert events by what intake made of them.", ["outcome"], registry=registry
        )
        for outcome in ("stored", "repeated", "heartbeat", "refused"):
            self._alerts.labels(outcome)
        made = Counter(
            series.CHECKOUTS.removesuffix("_total"),
            "Test purchases on the hidden event, by whether all of it went well.",
            ["outcome"],
            registry=registry,
        )
        self.checkouts = {outcome: made.labels(outcome) for outcome in ("ok", "failed")}
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

    def show_calendar(self, calendar: Sequence[Planned]) -> None:
        """Lets the rules see what is planned."""
        labels = ["row", "kind", "title"]
        begins = Gauge(series.CALENDAR_FROM, "When a row of the calendar begins.", labels, registry=self._registry)
        ends = Gauge(series.CALENDAR_UNTIL, "When a row of the calendar ends.", labels, registry=self._registry)
        for number, row in enumerate(calendar, start=1):
            begins.labels(str(number), row.kind, row.title).set(row.begins.timestamp())
            ends.labels(str(number), row.kind, row.title).set(row.ends.timestamp())

    def received(self, receipt: Receipt) -> None:
        """Counts the alerts of one webhook."""
        self._alerts.labels("stored").inc(receipt.stored)
        self._alerts.labels("repeated").inc(receipt.repeated)
        self._alerts.labels("heartbeat").inc(receipt.heartbeats)
        self._alerts.labels("refused").inc(len(receipt.refused))
