"""Backups of the state in SQLite: one folder per backup, with a copy of both files, of one and the same moment.

`oncall.sqlite` says what has happened, `dbos.sqlite` which steps of which run are done. A copy in which they disagree
would skip a step or do it twice. So the run log is held still (its writer's lock) while both are copied: the copies are
what a crash at that moment would leave behind, and on-call recovers from that. Intake is not held up; only the steps of
runs wait, for as long as the copying takes.

Reading a state's files must go through SQLite as long as on-call runs: closing a plain file handle on them would drop the
locks that this process holds on the same file (sqlite.org/howtocorrupt.html, section 2.2).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tixmaster.oncall.errors import BackupError

STATE, RUNS = "oncall.sqlite", "dbos.sqlite"
FILES = (STATE, RUNS)
FOLDER = "backups"
UNFINISHED = "restore-unfinished"
"""A file that exists while `restore` is exchanging the files: without it, a restore that was killed halfway would leave
an on-call that starts with an empty state."""
KEPT = timedelta(days=7)
LOCK_SECONDS = 30.0
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z(?:-\d+)?")
_SPARE_BYTES = 32 * 1024 * 1024
"""What must stay free after a copy: a full disk stops on-call, and a backup must not be the cause."""


@dataclass(frozen=True, kw_only=True, order=True)
class Backup:
    """A finished backup: when it was taken, and its folder."""

    taken_at: datetime
    folder: Path

    @property
    def name(self) -> str:
        """What `tix restore` calls it."""
        return self.folder.name

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum((self.folder / name).stat().st_size for name in FILES if (self.folder / name).exists())


def backups(folder: Path) -> list[Backup]:
    """The finished backups of on-call's folder, oldest first."""
    try:
        names = sorted(entry.name for entry in (folder / FOLDER).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(_found(folder / FOLDER / name) for name in names if _NAME.fullmatch(name))


def newest(folder: Path) -> Backup | None:
    """The newest backup of on-call's folder."""
    return next(reversed(backups(folder)), None)


def take(folder: Path, now: datetime) -> Backup:
    """Copies the state in on-call's folder, checks the copy, and deletes backups that are older than `KEPT`.

    May run beside on-call. Raises `BackupError` where there is no state, no space or another backup under way, and
    `StateDamagedError` where the state cannot be read whole.
    """
    from tixmaster.oncall.store import integrity

    present = [name for name in FILES if (folder / name).exists()]
    if STATE not in present:
        raise BackupError(f"{folder / STATE} does not exist: on-call has not run yet, so there is nothing to back up.")
    with _naming_trouble(folder / FOLDER), _alone(folder):
        for name in present:  # a copy may come out sound where only an index was damaged, and hide that
            integrity.check_file(folder / name)
        insist_on_space(folder / FOLDER, sum(_bytes_of(folder / name) for name in present))
        draft = folder / FOLDER / ".draft"
        shutil.rmtree(draft, ignore_errors=True)  # a backup that was killed
        draft.mkdir(mode=0o700)
        try:
            with _held_still(folder / RUNS):
                for name in present:
                    with integrity.naming_damage(folder / name):
                        _copy(folder / name, draft / name)
            for name in present:
                integrity.check_file(draft / name, immutable=True)
                sync(draft / name)
            sync(draft)
            done = draft.rename(_free_name(folder / FOLDER, now))
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync(done.parent)
        _forget_old(folder, now)
    return _found(done)


def insist_on_space(folder: Path, size: int) -> None:
    """Raises `BackupError` where a copy of so many bytes would not leave enough free."""
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        raise BackupError(
            f"not enough free space for a copy of on-call's state on the disk of {folder}: {_megabytes(free)} free, "
            f"{_megabytes(size + _SPARE_BYTES)} needed. Free some space, then run `tix backup`."
        )


def _copy(source: Path, target: Path) -> None:
    """A compact copy of one moment; the file exists, closed to others, before anything is written to it."""
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(source, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname in ("SQLITE_FULL", "SQLITE_IOERR_WRITE"):
                raise BackupError(
                    f"the disk of {target.parent.parent} became full while copying {source}. "
                    "Free some space, then run `tix backup`."
                ) from error
            raise


@contextmanager
def _held_still(runs: Path) -> Iterator[None]:
    """Holds the writer's lock of the run log: until the end of the block no step of a run is noted as done."""
    if not runs.exists():
        yield
        return
    with closing(sqlite3.connect(runs, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise BackupError(
                    f"{runs} was locked for {LOCK_SECONDS:g} s; no backup was taken. Run `tix backup` again."
                ) from error
            raise
        except sqlite3.DatabaseError:
            yield  # damaged: copying it says so, with its name
            return
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")


@contextmanager
def _naming_trouble(place: Path) -> Iterator[None]:
    """A folder that is none, is on another disk that is full, or may not be written."""
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"no backup was taken: cannot write to {place}: {error.strerror}. "
            "Make it a folder with free space that this user may write, then run `tix backup`."
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time: the daily one and a person's would write the same draft."""
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with (folder / FOLDER / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("another backup is being taken. Wait for it, or run `tix backup` again.") from error
        yield


def _forget_old(folder: Path, now: datetime) -> None:
    """Deletes backups older than `KEPT`. The newest stays however old it is."""
    for old in backups(folder)[:-1]:
        if now - old.taken_at > KEPT:
            shutil.rmtree(old.folder, ignore_errors=True)


def _free_name(parent: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime(_STAMP)
    taken = {entry.name for entry in parent.iterdir()}
    names = (stamp, *(f"{stamp}-{count}" for count in range(2, 1000)))
    return parent / next(name for name in names if name not in taken)


def _found(folder: Path) -> Backup:
    stamp = folder.name.partition("-")[0]
    return Backup(taken_at=datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), folder=folder)


def _bytes_of(file: Path) -> int:
    """The file's size with what is only in its write-ahead log yet."""
    log = file.with_name(f"{file.name}-wal")
    return file.stat().st_size + (log.stat().st_size if log.exists() else 0)


def sync(path: Path) -> None:
    """Waits until the file, or the names in the folder, have reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
