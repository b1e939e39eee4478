"""On-call's own metrics: the watchman is watched too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tixmaster.oncall.figures import MEASURES, STATES, Figures
from tixmaster.oncall.intake import Receipt
from tixmaster.oncall.rejections import REASONS, RejectionReason
from tixmaster.stack.config import Planned
from tixmaster.stack.monitoring import series

STAGES = ("intake", "incident", "sop", "checks", "evidence", "diagnosis", "remedy", "report", "close")
"""The way of an alert (pipeline.py); a test compares."""
STAGE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
RunOutcome = Literal["cause-found", "no-cause", "stage-failed"]
OUTCOMES: tuple[RunOutcome, ...] = ("cause-found", "no-cause", "stage-failed")


class OncallMetrics:
    """Counters and gauges of on-call; all label sets start at zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._alerts = Counter(
            "oncall_alerts", "Alert events by what intake made of them.", ["outcome"], registry=registry
        )
        for outcome in ("stored", "repeated", "heartbeat", "refused"):
            self._alerts.labels(outcome)
        self._rejected = Counter(
            series.REJECTED.removesuffix("_total"),
            "Alerts and requests that led to no incident although they should have, by reason.",
            ["reason"],
            registry=registry,
        )
        for reason in REASONS:
            self._rejected.labels(reason)
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
        self.backup_at = Gauge(
            "oncall_backup_newest_timestamp_seconds",
            "When the newest backup of the state was taken, in Unix seconds; 0 for none, or where a server keeps the state.",
            registry=registry,
        )
        self.queue_age = Gauge(
            series.QUEUE_AGE,
            "Age of the oldest alert event that waits for a decision.",
            registry=registry,
        )

        self._incidents = Gauge("oncall_incidents", "Incidents by state.", ["state"], registry=registry)
        for state in STATES:
            self._incidents.labels(state)
        self._means = {
            measure: Gauge(
                f"oncall_mean_time_to_{measure}_seconds",
                f"Mean time to {measure} of the incidents of 30 days; absent while there is none.",
                ["kind"],
                registry=registry,
            )
            for measure in MEASURES
        }
        self._stages = Histogram(
            "oncall_stage_duration_seconds",
            "How long each stage of an alert's way took.",
            ["stage"],
            buckets=STAGE_BUCKETS,
            registry=registry,
        )
        for stage in STAGES:
            self._stages.labels(stage)
        self._runs = Counter("oncall_runs", "Investigations that ended, by outcome.", ["outcome"], registry=registry)
        for outcome in OUTCOMES:
            self._runs.labels(outcome)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures a stage, also one that breaks."""
        with self._stages.labels(name).time():
            yield

    def stage_took(self, name: str, seconds: float) -> None:
        """Counts a stage whose beginning was only known to be one at its end."""
        self._stages.labels(name).observe(seconds)

    def run_ended(self, outcome: RunOutcome) -> None:
        """Counts an investigation."""
        self._runs.labels(outcome).inc()

    def show(self, figures: Figures) -> None:
        """Shows what the store says of on-call's work; a mean of nothing is shown as nothing."""
        for state, number in figures.by_state.items():
            self._incidents.labels(state).set(number)
        for measure in MEASURES:
            for kind in ("real", "drill"):
                if (measure, kind) in figures.means:
                    self._means[measure].labels(kind).set(figures.means[measure, kind])
                else:
                    self._means[measure].remove(kind)

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
        for reason, number in receipt.rejected.items():
            self._alerts.labels("refused").inc(number)
            self._rejected.labels(reason).inc(number)

    def rejected(self, reason: RejectionReason, number: int = 1) -> None:
        """Counts a request that was refused as a whole, or events that no decision could be taken on."""
        self._rejected.labels(reason).inc(number)
