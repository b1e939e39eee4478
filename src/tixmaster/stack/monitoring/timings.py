"""How long every monitoring rule looks back, waits and repeats: the one thing in which the two profiles differ.

`standard` is for real traffic. `drill` runs the same rules in seconds, so that an injected fault becomes an alert while
a person watches. The windows keep to one law in both: a window holds at least four scrapes, otherwise `increase()`
works from too few points and one lost scrape empties it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tixmaster.stack.config import Timing
from tixmaster.stack.monitoring.objectives import BUDGET_DAYS

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Durations in whole seconds."""

    scrape: int
    scrape_timeout: int
    evaluation: int

    rate_window: int
    """What the panels' rates and percentiles look back over."""

    instance_down_for: int
    """Longer than a planned restart (stop and start) takes, so that a restart raises no alarm."""
    service_down_for: int
    """Longer than on-call needs to restart what InstanceDown told of."""
    brief_for: int
    """What may pass by itself within a moment."""
    lasting_for: int
    """What is trouble only where it lasts. At least the short error window, so that its last errors are out."""
    restart_window: int
    """What counts of starts, and of an instance's comings and goings, look back over."""

    error_short_window: int
    error_long_window: int
    error_for: int

    slo_interval: int
    """How often the long windows are evaluated; each is summed up from counts of this length."""
    burn_windows: Mapping[int, tuple[int, int]]
    """The short and the long window of the slower burn tiers."""
    budget_window: int

    order_window: int
    order_for: int
    order_keep: int
    """Longer than a restart takes: the backend is not scraped meanwhile, which must not look like a recovery."""
    week: int
    """The period after which trade repeats itself; the baseline lies one, two and three of them back.
    At least two order windows, so that an outage as long as a window spoils one of the three and no more."""

    payment_window: int
    checkout_window: int
    """Holds at least five test purchases of on-call, which do not come faster in drills."""

    group_wait: int
    group_interval: int
    repeat_interval: int
    oncall_repeat: int
    """How often on-call is told again of what fires; it drops what it knows. Without it, an alert whose end was muted
    would be taken for known by Alertmanager when it fires anew, and not be told until `repeat_interval`."""
    watchdog_interval: int
    """How often on-call hears the Watchdog. Silence of three of these means that the alert path is broken."""
    watchdog_start: int
    """How long Prometheus and Alertmanager may take, after on-call's own start, until the first one is on its way."""

    delivery_window: int
    """What counts of failures on the way of an alert look back over."""
    unattended_for: int
    """How long on-call may be away, longer than its restart, before Alertmanager mails in its place."""

    database_down_for: int
    """Longer than a planned restart of PostgreSQL; shorter than its absence takes to become HighErrorRate."""
    database_keep: int
    """Longer than a restart of on-call takes: nobody measures PostgreSQL meanwhile, which must not look like its return."""
    connections_high_for: int
    connections_exhausted_for: int
    transaction_for: int
    deadlock_window: int
    rollback_window: int
    rollback_for: int
    disk_window: int
    disk_recent_window: int
    """The end of the window. A disk that somebody has just cleaned no longer fills there."""
    disk_ahead: int
    """How soon a disk must be full to be told of."""
    disk_for: int


STANDARD = Timings(
    scrape=5,
    scrape_timeout=4,
    evaluation=5,
    rate_window=1 * MINUTE,
    instance_down_for=30,
    service_down_for=2 * MINUTE,
    brief_for=1 * MINUTE,
    lasting_for=5 * MINUTE,
    restart_window=15 * MINUTE,
    error_short_window=5 * MINUTE,
    error_long_window=1 * HOUR,
    error_for=15,
    slo_interval=1 * MINUTE,
    burn_windows={2: (30 * MINUTE, 6 * HOUR), 3: (2 * HOUR, 1 * DAY), 4: (6 * HOUR, 3 * DAY)},
    budget_window=BUDGET_DAYS * DAY,
    order_window=10 * MINUTE,
    order_for=5 * MINUTE,
    order_keep=2 * MINUTE,
    week=WEEK,
    payment_window=10 * MINUTE,
    checkout_window=5 * MINUTE,
    group_wait=10,
    group_interval=1 * MINUTE,
    repeat_interval=4 * HOUR,
    oncall_repeat=1 * MINUTE,
    watchdog_interval=1 * MINUTE,
    delivery_window=5 * MINUTE,
    watchdog_start=1 * MINUTE,
    unattended_for=1 * MINUTE,
    database_down_for=15,
    database_keep=1 * MINUTE,
    connections_high_for=1 * MINUTE,
    connections_exhausted_for=15,
    transaction_for=30,
    deadlock_window=10 * MINUTE,
    rollback_window=5 * MINUTE,
    rollback_for=2 * MINUTE,
    disk_window=6 * HOUR,
    disk_recent_window=30 * MINUTE,
    disk_ahead=4 * HOUR,
    disk_for=10 * MINUTE,
)

DRILL = Timings(
    scrape=1,
    scrape_timeout=1,
    evaluation=1,
    rate_window=5,
    instance_down_for=6,
    service_down_for=20,
    brief_for=10,
    lasting_for=30,
    restart_window=1 * MINUTE,
    error_short_window=10,
    error_long_window=30,
    error_for=1,
    slo_interval=5,
    burn_windows={2: (20, 60), 3: (30, 90), 4: (60, 180)},
    budget_window=10 * MINUTE,
    order_window=15,
    order_for=4,
    order_keep=5,
    week=30,
    payment_window=20,
    checkout_window=5 * MINUTE,
    group_wait=0,
    group_interval=2,
    repeat_interval=10 * MINUTE,
    oncall_repeat=4,
    watchdog_interval=5,
    delivery_window=25,
    watchdog_start=30,
    unattended_for=20,
    database_down_for=3,
    database_keep=5,
    connections_high_for=4,
    connections_exhausted_for=3,
    transaction_for=3,
    deadlock_window=20,
    rollback_window=10,
    rollback_for=4,
    disk_window=1 * MINUTE,
    disk_recent_window=15,
    disk_ahead=40,
    disk_for=4,
)

PROFILES: dict[Timing, Timings] = {"standard": STANDARD, "drill": DRILL}


MISSED_BEATS = 3
"""So many Watchdog intervals of silence mean that the alert path is broken."""

RESEND_SECONDS = 15
"""How soon Prometheus sends an alert again that Alertmanager missed (it was starting, or down)."""


def silence(timings: Timings) -> int:
    """From how many seconds on on-call raises an incident: the missed beats, and what `tix restart monitoring` may cost.

    It restarts Alertmanager and Prometheus, each of which may let the Watchdog wait until it is sent again.
    """
    return MISSED_BEATS * timings.watchdog_interval + 2 * RESEND_SECONDS


def span(seconds: int) -> str:
    """A duration as Prometheus and Alertmanager write it, in the largest unit that divides it: 300 → `5m`."""
    for size, unit in ((WEEK, "w"), (DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
