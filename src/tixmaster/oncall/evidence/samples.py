"""Every series of some services around a moment, within bounds of time, number and points: what `first_change` judges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tixmaster.stack.monitoring.client import Prometheus, Series

BEFORE: Final = timedelta(minutes=10)
AFTER: Final = timedelta(minutes=5)
MOST_SERIES: Final = 1200
"""Of one service; where there are more, they are added up by name."""
MOST_MOMENTS: Final = 240
SLOWEST_SCRAPE: Final = 60.0
_LEFT_OUT: Final = "ALERTS|ALERTS_FOR_STATE|scrape_.*|.*_bucket|.*_created|.*_timestamp_seconds|.*:.*"
"""What follows from other series late (recorded ones), speaks of the scrape, or is a clock."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The series as stored, and the moments (Unix time) they were asked at."""

    series: tuple[Series, ...]
    grid: tuple[float, ...]
    note: str


def take(prometheus: Prometheus, services: Sequence[str], *, started_at: datetime, now: datetime) -> Samples:
    """One range query a service, from ten minutes before the start to five after it; raises `StackError`."""
    start, end = started_at - BEFORE, min(now, started_at + AFTER)
    step = max(_scrape(prometheus, services, end), (end - start).total_seconds() / MOST_MOMENTS)
    count = int((end - start).total_seconds() / step) + 1
    first = end.timestamp() - (count - 1) * step
    taken: list[Series] = []
    notes: list[str] = []
    for service in services:
        wanted = f'{{service="{service}",__name__!~"{_LEFT_OUT}"}}'
        held = prometheus.query(f"count({wanted})", end)
        number = int(held[0].last) if held else 0
        if number > MOST_SERIES:
            wanted = f"sum by (__name__, service) ({wanted})"
            notes.append(f"{service} has {number} series; they were added up by name")
        taken += prometheus.query_range(wanted, datetime.fromtimestamp(first, UTC), end, step)
    return Samples(
        series=tuple(taken), grid=tuple(first + place * step for place in range(count)), note="; ".join(notes)
    )


def _scrape(prometheus: Prometheus, services: Sequence[str], end: datetime) -> float:
    """How many seconds apart the samples are, as `up` shows, whichever profile is in force."""
    named = "|".join(services)
    asked = f'min(quantile_over_time(0.25, count_over_time(up{{service=~"{named}"}}[1m])[9m:1m]))'
    found = prometheus.query(asked, end)
    count = found[0].last if found else 0.0
    return min(math.ceil(60 / count), SLOWEST_SCRAPE) if count >= 1 else SLOWEST_SCRAPE / 4
