"""The time a dashboard shows: a choice of ranges up to now, or exactly from when to when; and how fine it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from litestar.exceptions import ValidationException

RANGES: dict[str, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
USUAL = "1h"
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=35)
"""Prometheus keeps 35 days (stack/monitoring/prometheus.py)."""
POINTS = 240
"""As many as a graph of half a screen can show; the browser cannot ask for more."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True, kw_only=True)
class Period:
    """From `start` to `end`, both multiples of `step` seconds, so that a line keeps its shape from look to look."""

    start: datetime
    end: datetime
    step: int

    @property
    def times(self) -> range:
        """Every moment of the period in Unix seconds."""
        return range(int(self.start.timestamp()), int(self.end.timestamp()) + 1, self.step)


def period_of(now: datetime, span: str | None, start: str | None, end: str | None) -> Period:
    """The period of a request: `range=1h`, or `from=` and `to=` (RFC 3339). Raises `ValidationException`."""
    if start or end:
        if not (start and end):
            raise ValidationException("a time range has both ends: give from= and to=, or range= alone")
        return _between(_moment("from", start), min(_moment("to", end), now))
    if (span or USUAL) not in RANGES:
        raise ValidationException(f"range={span} is not known; choose one of {', '.join(RANGES)}")
    return _between(now - RANGES[span or USUAL], now)


def _between(start: datetime, end: datetime) -> Period:
    if not SHORTEST <= end - start <= LONGEST:
        raise ValidationException(
            "the time range must lie before now and be between a minute and 35 days long; choose another one"
        )
    step = next(step for step in STEPS if (end - start).total_seconds() <= step * POINTS or step == STEPS[-1])
    first, last = (int(moment.timestamp()) // step * step for moment in (start, end))
    return Period(start=datetime.fromtimestamp(first, UTC), end=datetime.fromtimestamp(last, UTC), step=step)


def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationException(f"{name}={text} is no moment such as 2026-03-01T10:00:00Z") from error
    if moment.tzinfo is None:
        raise ValidationException(f"{name}={text} needs a time zone, such as Z at the end")
    return moment
