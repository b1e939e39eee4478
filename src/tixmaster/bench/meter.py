"""What a process takes of one core."""

from __future__ import annotations

import time

import psutil


class Meter:
    """Counts from its making on; the seconds of ended children are included."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._began, self._spent = time.perf_counter(), self._seconds()

    def percent(self) -> float:
        """The processor time since then, in per cent of one core."""
        return 100 * (self._seconds() - self._spent) / (time.perf_counter() - self._began)

    def _seconds(self) -> float:
        return sum(self._process.cpu_times()[:4])
