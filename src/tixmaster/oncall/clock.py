"""The clock: what time it is, and how long ago something was, also where the machine's clock is set meanwhile.

A moment that was written down before a jump cannot be subtracted from one after it. So whatever waits for time to pass
asks `age`, which counts by a clock that nobody sets and that goes on while the machine sleeps. Jumps are remembered as long
as the process runs; after a restart the wall clock is believed, except that nothing lies in the future.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

JUMP = timedelta(seconds=2)
"""From here on it is a jump; what NTP corrects bit by bit is none."""
AHEAD = timedelta(minutes=5)
"""So far ahead a moment may be of another machine's clock, and counts as just now."""
REMEMBERED = 16
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def utc_now() -> datetime:
    """The present moment by the machine's clock, aware."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds by a clock that nobody sets."""
    return time.clock_gettime(_STEADY)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A time between two jumps, by the machine's clock of then."""

    began: datetime
    ended: datetime

    def holds(self, moment: datetime) -> bool:
        return self.began <= moment <= self.ended


class Clock:
    """The clock of one process; tests give their own sources of time."""

    def __init__(self, wall: Callable[[], datetime] = utc_now, steady: Callable[[], float] = steady) -> None:
        self._wall, self._steady = wall, steady
        self._lock = threading.Lock()
        self._past: deque[Stretch] = deque(maxlen=REMEMBERED)
        self.jumps = 0
        """How often it has jumped, as far as anybody asked it."""
        self._began = self._now = wall()
        self._read_at = steady()

    def now(self) -> datetime:
        """The present moment."""
        with self._lock:
            return self._read()

    def age(self, moment: datetime) -> timedelta:
        """How long ago that was, at least nothing. What lies in the future was written before the clock was set back."""
        with self._lock:
            now = self._read()
            stretches = [*self._past, Stretch(began=self._began, ended=now)]
        passed = timedelta()
        if now < moment <= now + AHEAD:
            return passed
        for stretch in reversed(stretches):
            if stretch.holds(moment):
                return passed + (stretch.ended - moment)
            passed += stretch.ended - stretch.began
        return passed + max(stretches[0].began - moment, timedelta())

    def _read(self) -> datetime:
        now, read_at = self._wall(), self._steady()
        expected = self._now + timedelta(seconds=read_at - self._read_at)
        if abs(now - expected) > JUMP:
            self._past.append(Stretch(began=self._began, ended=expected))
            self._began = now
            self.jumps += 1
            log.warning("clock-jumped", seconds=round((now - expected).total_seconds(), 1), until=expected.isoformat())
        self._now, self._read_at = now, read_at
        return now
