"""What the figures were measured on: without it they say nothing."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from tixmaster.stack import postgres
from tixmaster.stack.config import Config

WRITES = 200
PAGE = b"\0" * 8192


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`sync_ms`: the median of writing one page and having it on disk."""

    cores: int
    postgresql: str
    synchronous_commit: str
    fsync: str
    fsync_method: str
    sync_ms: float


async def describe(config: Config) -> Machine:
    """Asks the machine and its PostgreSQL."""
    names = ("server_version", "synchronous_commit", "fsync", "wal_sync_method")
    connection = await asyncpg.connect(postgres.database_url(config, "boxoffice"))
    try:
        told = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
    finally:
        await connection.close()
    version, commit, fsync, method = told
    return Machine(
        cores=_cores(),
        postgresql=version,
        synchronous_commit=commit,
        fsync=fsync,
        fsync_method=method,
        sync_ms=_sync_ms(config.var),
    )


def _cores() -> int:
    """Those that we may use, which in a container can be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1


def _sync_ms(folder: Path) -> float:
    """On the disk that holds the database."""
    sync = getattr(os, "fdatasync", os.fsync)  # macOS has none
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            os.pwrite(file.fileno(), PAGE, 0)
            sync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000
