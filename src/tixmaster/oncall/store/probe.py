"""What `/health` says of the state: a row was just written, and read back through a connection of its own."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillGoingOn
from contextlib import closing
from datetime import datetime

import structlog

from tixmaster.oncall.errors import OncallError, StateAwayError
from tixmaster.oncall.store import facts, integrity
from tixmaster.oncall.store.database import Database
from tixmaster.oncall.store.trouble import passes, words

log = structlog.get_logger(__name__)

FRESH_SECONDS = 1.0
"""Whoever asks sooner hears the last answer: asking costs a commit, and anybody may ask."""
WAIT_SECONDS = 1.0
"""Who asks waits so long, within the two seconds of a health check. A slower disk is no failure by itself."""
STUCK_SECONDS = 10.0


class StateProbe:
    """Tries the state, one attempt at a time, in a thread of its own: a disk that hangs must not hang who asks."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state-probe")
        self._lock = threading.Lock()
        self._attempt = self._thread.submit(lambda: None)
        self._began = float("-inf")
        self._found: OncallError | None = None

    def insist(self) -> None:
        """Raises `StateAwayError` or `StateDamagedError` where the last attempt failed, or hangs."""
        with self._lock:
            if self._attempt.done() and time.monotonic() - self._began >= FRESH_SECONDS:
                self._began = time.monotonic()
                self._attempt = self._thread.submit(self._try)
            attempt, began = self._attempt, self._began
        try:
            attempt.result(WAIT_SECONDS)
        except StillGoingOn:
            if time.monotonic() - began > STUCK_SECONDS:
                raise StateAwayError(f"a write has not ended for {time.monotonic() - began:.0f} s") from None
        if problem := self._database.damage or self._found:
            raise problem

    def close(self) -> None:
        """Ends the thread, without waiting for a disk that hangs."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _try(self) -> None:
        try:
            written = self._now()
            with self._database.trial() as connection:
                facts.put(connection, facts.HEALTH, written.isoformat(), written)
            self._read_back(written)
            self._found = None
        except OncallError as error:
            self._found = error
        except Exception as error:  # whatever it is, on-call cannot keep what it is told now
            if not passes(error):
                log.exception("state-probe-failed")
            self._found = StateAwayError(words(error))

    def _read_back(self, written: datetime) -> None:
        """A file is opened anew: pooled connections answer from their caches what the disk may have lost."""
        if self._database.file is None:
            with self._database.read() as connection:
                held = facts.health_written(connection)
        else:
            with integrity.naming_damage(self._database.file), closing(sqlite3.connect(self._database.file)) as file:
                row = file.execute(
                    "SELECT json_extract(value, '$') FROM fact WHERE name = ?", (facts.HEALTH,)
                ).fetchone()
                held = row and row[0]
        # Another process on the same state (PostgreSQL) may have written later.
        if held is None or held < written.isoformat():
            raise StateAwayError(f"a row that was written reads {held!r} afterwards")
