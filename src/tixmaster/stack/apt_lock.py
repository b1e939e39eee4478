"""Waiting for another package manager: on a new machine automatic upgrades hold apt's locks for minutes.

apt waits for the locks of dpkg by itself (`DPkg::Lock::Timeout`), in silence; for those of its package lists and its archive
it does not (apt 2.6). So all of them are looked at before it is run.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LOCKS = tuple(
    Path("/var") / name
    for name in ("lib/apt/lists/lock", "cache/apt/archives/lock", "lib/dpkg/lock-frontend", "lib/dpkg/lock")
)
WAIT_SECONDS = 900.0
POLL_SECONDS, TELL_SECONDS = 0.5, 5.0
_FLOCK = struct.Struct("hhqqi4x")
"""`struct flock` of Linux: type, whence, start, length, process."""


@dataclass(frozen=True, kw_only=True)
class LockHolder:
    """The process that holds one of the locks."""

    lock: Path
    pid: int

    def __str__(self) -> str:
        with suppress(psutil.Error):
            return f"{psutil.Process(self.pid).name()}, process {self.pid}"
        return f"process {self.pid}"


def holder(locks: Sequence[Path] = LOCKS) -> LockHolder | None:
    """Who holds the first of the locks that is taken; None where all are free, or where there are none."""
    for lock in locks:
        with suppress(OSError), lock.open("rb+") as file:
            wanted = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, *_, pid = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, wanted))
            if kind != fcntl.F_UNLCK:
                return LockHolder(lock=lock, pid=pid)
    return None


def wait(say: Callable[[str], None], seconds: float = WAIT_SECONDS, locks: Sequence[Path] = LOCKS) -> LockHolder | None:
    """Waits until all locks are free, with a line about it every few seconds; returns who still holds one at the end."""
    began = time.monotonic()
    told = -TELL_SECONDS
    while (found := holder(locks)) is not None:
        waited = time.monotonic() - began
        if waited >= seconds:
            return found
        if waited - told >= TELL_SECONDS:
            say(f"  waiting for another package manager ({found}) … {waited:.0f} s of at most {seconds:.0f} s")
            told = waited
        time.sleep(POLL_SECONDS)
    return None


def refusal(found: LockHolder, seconds: float) -> str:
    """What to say when it took too long."""
    return (
        f"another package manager ({found}) has held {found.lock} for more than {seconds:.0f} s. "
        f"Wait until it has ended (`ps -p {found.pid}`), then run the command again"
    )
