"""Strain on the process itself: processor time, memory and series, really used, until the fault is cleared or its time is
over."""

from __future__ import annotations

import threading
import time
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

MEGABYTE: Final = 2**20
PAGE: Final = 4096


class Strain:
    """What is being used up on request."""

    def __init__(self) -> None:
        self._ballast: list[bytearray] = []
        self._rest = threading.Event()
        self._labelled: tuple[CollectorRegistry, Gauge] | None = None

    @property
    def megabytes(self) -> int:
        """Memory held on request."""
        return sum(len(block) for block in self._ballast) // MEGABYTE

    def burn(self, seconds: float, threads: int) -> None:
        """Keeps the interpreter busy in threads: everything else gets its turn late."""
        rest, until = self._rest, time.monotonic() + seconds
        for number in range(threads):
            threading.Thread(target=_burn, args=(rest, until), name=f"cpu-spike-{number}", daemon=True).start()

    def hold(self, megabytes: int) -> None:
        """Holds so much memory, written to, so that it is really taken from the machine."""
        block = bytearray(megabytes * MEGABYTE)
        block[::PAGE] = b"x" * len(block[::PAGE])
        self._ballast = [block]

    def label(self, registry: CollectorRegistry, series: int) -> None:
        """Exports a metric with a label that has so many values, as one that names each caller would."""
        self._unlabel()
        visits = Gauge(
            "ticketing_visits_by_caller", "A fault on request: a series a caller.", ("caller",), registry=registry
        )
        for number in range(series):
            visits.labels(f"caller-{number:06}").set(1)
        self._labelled = registry, visits

    def clear(self) -> None:
        """Ends the strain at once."""
        self._unlabel()
        self._ballast = []
        self._rest.set()
        self._rest = threading.Event()

    def _unlabel(self) -> None:
        if self._labelled is not None:
            registry, visits = self._labelled
            registry.unregister(visits)
            self._labelled = None


def _burn(rest: threading.Event, until: float) -> None:
    while not rest.is_set() and time.monotonic() < until:
        sum(range(10_000))
