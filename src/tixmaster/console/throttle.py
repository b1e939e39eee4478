"""Slows down guessing of passwords, per name and per address; in memory, because a restart is rarer than a guess."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

WINDOW_SECONDS: Final = 300.0
PER_NAME: Final = 5
PER_ADDRESS: Final = 20
MAX_KEYS: Final = 10_000


class Throttle:
    """Counts failures of the last `WINDOW_SECONDS`: so many for one name from one address, so many for one address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, ...], deque[float]] = {}
        self._lock = threading.Lock()

    def enter(self, name: str, address: str) -> float:
        """Counts an attempt beforehand, so that many at once gain nothing; returns the seconds to wait, 0 to go on."""
        now = self._clock()
        with self._lock:
            self._forget_old(now)
            wait = max(self._wait((name, address), PER_NAME, now), self._wait((address,), PER_ADDRESS, now))
            if wait == 0:
                for key in ((name, address), (address,)):
                    self._failures.setdefault(key, deque()).append(now)
            return wait

    def succeed(self, name: str, address: str) -> None:
        """Forgets the attempts: the right password was among them."""
        with self._lock:
            self._failures.pop((name, address), None)
            self._failures.pop((address,), None)

    def _wait(self, key: tuple[str, ...], limit: int, now: float) -> float:
        moments = self._failures.get(key, ())
        return moments[-limit] + WINDOW_SECONDS - now if len(moments) >= limit else 0.0

    def _forget_old(self, now: float) -> None:
        """Drops what is out of the window, and everything where somebody floods the memory with names."""
        for key in [key for key, moments in self._failures.items() if moments[-1] + WINDOW_SECONDS <= now]:
            del self._failures[key]
        for moments in self._failures.values():
            while moments[0] + WINDOW_SECONDS <= now:
                moments.popleft()
        if len(self._failures) > MAX_KEYS:
            self._failures.clear()
