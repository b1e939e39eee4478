"""What the system says of a process on this machine and of those it started."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil

WATCH_SECONDS = 0.3
SAME_START = timedelta(seconds=60)
"""Manager and system may tell the start of one process so far apart; a process id of another machine lies further off."""
MB = 1024**2


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """None where the system does not tell, or not to this user."""

    started_at: datetime | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    threads: int | None = None
    open_files: int | None = None
    open_files_limit: int | None = None


def measure(pid: int, started_at: datetime | None, seconds: float = WATCH_SECONDS) -> Vitals:
    """Watches the process for some `seconds`. Nothing is known where its manager is on another machine."""
    try:
        head = psutil.Process(pid)
        born = datetime.fromtimestamp(head.create_time(), UTC)
        if started_at is not None and abs(born - started_at) > SAME_START:
            return Vitals()
        family = [head, *head.children(recursive=True)]
        before, began = _processor_seconds(family), time.monotonic()
        time.sleep(seconds)
        spent, passed = _processor_seconds(family) - before, time.monotonic() - began
    except psutil.Error:
        return Vitals()
    files, limit = _open_files(family)
    return Vitals(
        started_at=born,
        cpu_percent=round(max(spent, 0.0) / passed * 100, 1),
        memory_mb=_total(family, lambda one: one.memory_info().rss / MB),
        threads=None if (threads := _total(family, lambda one: one.num_threads())) is None else int(threads),
        open_files=files,
        open_files_limit=limit,
    )


def _processor_seconds(family: Iterable[psutil.Process]) -> float:
    """What all of them have used so far; one that has ended counts no more."""
    spent = 0.0
    for one in family:
        with contextlib.suppress(psutil.Error):
            used = one.cpu_times()
            spent += used.user + used.system
    return spent


def _total(family: Iterable[psutil.Process], figure: Callable[[psutil.Process], float]) -> float | None:
    seen: list[float] = []
    for one in family:
        with contextlib.suppress(psutil.Error):
            seen.append(figure(one))
    return round(sum(seen), 1) if seen else None


def _open_files(family: Iterable[psutil.Process]) -> tuple[int | None, int | None]:
    """How many files are open, and the limit, of the process that has most: the limit is each one's own."""
    most: tuple[int | None, int | None] = (None, None)
    for one in family:
        with contextlib.suppress(psutil.Error, OSError):
            count = _open_of(one)
            if count > (most[0] or -1):
                limit = one.rlimit(psutil.RLIMIT_NOFILE)[0] if sys.platform == "linux" else None
                most = (count, limit if limit is not None and limit > 0 else None)
    return most


def _open_of(one: psutil.Process) -> int:
    """Windows counts handles, which files and sockets are among."""
    if sys.platform == "win32":
        return one.num_handles()
    return one.num_fds()
