"""How much memory processes take while something goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

SAMPLE_SECONDS = 0.1
MB = 1_000_000


class Memory:
    """The most that any one of the watched processes had resident (MB)."""

    def __init__(self) -> None:
        self.peak_mb = 0.0

    @contextmanager
    def watch(self, pids: Sequence[int]) -> Iterator[None]:
        """Looks at the processes for the length of the block."""
        over = threading.Event()
        looking = threading.Thread(target=self._look, args=(pids, over), name="memory", daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()

    def _look(self, pids: Sequence[int], over: threading.Event) -> None:
        processes = [psutil.Process(pid) for pid in pids]
        while not over.wait(SAMPLE_SECONDS):
            self.peak_mb = max(self.peak_mb, *(_resident_mb(process) for process in processes))


def _resident_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / MB)
    except psutil.NoSuchProcess:
        return 0.0
