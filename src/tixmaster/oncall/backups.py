"""The daily backup of the state, and the search for damage between two starts. For a state in SQLite only."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import BackupError, StateDamagedError
from tixmaster.oncall.store import backup, integrity
from tixmaster.oncall.store.trouble import passes

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
FIRST_LOOK_SECONDS = 60.0
LOOK_SECONDS = 600.0
"""How often all pages of the state are read to find damage, and whether a backup is due."""
SHARE = 100
"""At most one part in so many of the time goes into looking, however large the state is."""
RETRY = timedelta(hours=1)
JOIN_SECONDS = 2.0


class Backups:
    """A thread that takes a backup a day and keeps the newest `backup.KEPT`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._failed_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        if self._desk.database.file is not None:
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread; a backup under way is left as a draft, which the next one removes."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def look(self) -> None:
        """Looks for damage; takes a backup where the newest is a day old."""
        file = self._desk.database.file
        if file is None or self._desk.database.damage is not None:
            return
        try:
            integrity.check_state(self._folder())
        except StateDamagedError as error:
            self._desk.database.damage = error
            log.error("state-damaged", detail=str(error))
            return
        if self._is_due():
            self._take()

    def _run(self) -> None:
        rest = FIRST_LOOK_SECONDS
        while not self._stop.wait(rest):
            began = time.monotonic()
            try:
                self.look()
            except Exception as error:  # the thread must live: there is another look
                log.warning("state-not-checked", error=str(error), exc_info=not passes(error))
            rest = max(LOOK_SECONDS, (time.monotonic() - began) * SHARE)

    def _is_due(self) -> bool:
        """Whether none was taken within a day of now, on either side: a clock that was set back makes no flood of backups."""
        now = self._desk.now()
        if any(abs(now - one.taken_at) < EVERY for one in backup.backups(self._folder())):
            return False
        return self._failed_at is None or abs(now - self._failed_at) >= RETRY

    def _take(self) -> None:
        began = time.monotonic()
        try:
            taken = backup.take(self._folder(), self._desk.now())
        except (BackupError, StateDamagedError) as error:
            self._failed_at = self._desk.now()
            log.error("backup-failed", detail=str(error))
            return
        self._failed_at = None
        log.info("backup-taken", name=taken.name, bytes=taken.size, seconds=round(time.monotonic() - began, 2))

    def _folder(self) -> Path:
        return self._desk.config.var / "oncall"
