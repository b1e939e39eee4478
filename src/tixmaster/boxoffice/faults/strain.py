"""Strain on the process itself: processor time, memory and series, really used, until the fault is cleared or its time is
over."""

from __future__ import annotations

import resource
import threading
import time
from typing import Final

import psutil
from prometheus_client import CollectorRegistry, Gauge

MEGABYTE: Final = 2**20
LEAK_MEGABYTES: Final = 16
"""What a request leaves behind. At the limit half of it is left, so that what is small still finds room."""
PAGE: Final = 4096


class Strain:
    """What is being used up on request."""

    def __init__(self) -> None:
        self._ballast: list[bytearray] = []
        self._rest = threading.Event()
        self._limits: tuple[int, int] | None = None
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
        self._ballast = [_block(megabytes)]

    def leak(self, megabytes: int) -> None:
        """Lets the process have about so much more memory than now, as in a container with a limit; `grow` uses it up."""
        self._unlimit()
        self._limits = resource.getrlimit(resource.RLIMIT_AS)
        room = megabytes // LEAK_MEGABYTES * LEAK_MEGABYTES + LEAK_MEGABYTES // 2
        most = psutil.Process().memory_info().vms + room * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, self._limits[1]))

    def grow(self) -> None:
        """Keeps a little more, for ever; raises `MemoryError` once there is no more to have."""
        self._ballast.append(_block(LEAK_MEGABYTES))

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
        self._unlimit()
        self._ballast = []
        self._rest.set()
        self._rest = threading.Event()

    def _unlimit(self) -> None:
        if self._limits is not None:
            resource.setrlimit(resource.RLIMIT_AS, self._limits)
            self._limits = None

    def _unlabel(self) -> None:
        if self._labelled is not None:
            registry, visits = self._labelled
            registry.unregister(visits)
            self._labelled = None


def _block(megabytes: int) -> bytearray:
    block = bytearray(megabytes * MEGABYTE)
    block[::PAGE] = b"x" * len(block[::PAGE])
    return block


def _burn(rest: threading.Event, until: float) -> None:
    while not rest.is_set() and time.monotonic() < until:
        sum(range(10_000))
