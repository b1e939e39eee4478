"""A measurement that whoever asks at the same time shares, and that nobody waits for longer than it is worth."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.5
"""How long a scrape waits. Prometheus gives up after one second in the drill profile."""
FRESH_SECONDS = 15.0
"""How long a result stands in for one that is not there yet."""

T = TypeVar("T")


class Shared(Generic[T]):
    """Carries out `measure` in a thread, once at a time, when somebody asks."""

    def __init__(
        self, measure: Callable[[], T], *, patience: float = PATIENCE_SECONDS, fresh: float = FRESH_SECONDS
    ) -> None:
        self._measure = measure
        self._patience = patience
        self._fresh = fresh
        self._lock = threading.Lock()
        self._under_way: threading.Event | None = None
        self._found: tuple[float, T] | None = None

    def newest(self) -> T | None:
        """A result of now; of the last time, where this one takes longer than patience; None where that is too old."""
        with self._lock:
            done = self._under_way or self._begin()
        done.wait(self._patience)
        found = self._found
        return found[1] if found and time.monotonic() - found[0] <= self._fresh else None

    def wait(self, seconds: float) -> bool:
        """Lets one that is under way come to its end, for so long; whether it has."""
        done = self._under_way
        return done is None or done.wait(seconds)

    def _begin(self) -> threading.Event:
        done = self._under_way = threading.Event()
        # Not one of a pool: a process must be able to end while a file system or a server keeps the thread waiting.
        threading.Thread(target=self._carry_out, args=(done,), name="measurement", daemon=True).start()
        return done

    def _carry_out(self, done: threading.Event) -> None:
        try:
            self._found = (time.monotonic(), self._measure())
        except Exception:
            log.exception("measurement-failed")
        with self._lock:
            self._under_way = None
        done.set()
