"""Putting a backup in the place of the state. Nothing is deleted: the replaced files are moved aside."""

from __future__ import annotations

import fcntl
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tixmaster.oncall.errors import BackupError, StateDamagedError
from tixmaster.oncall.store import backup, facts, integrity
from tixmaster.oncall.store.backup import Backup
from tixmaster.oncall.store.incidents import PREFIX
from tixmaster.oncall.store.migrate import newest_migration

_SIDE_FILES = ("", "-wal", "-shm", "-journal")
_RECORD = re.compile(rf"{PREFIX}(\d{{1,9}})")


def choose(folder: Path, name: str | None) -> Backup:
    """The backup of that name, else the newest; raises `BackupError` where there is none."""
    found = backup.backups(folder)
    if not found:
        raise BackupError(f"there is no backup in {folder / backup.FOLDER}.")
    if name is None:
        return found[-1]
    for one in found:
        if one.name == name:
            return one
    raise BackupError(f"there is no backup {name!r}. These exist: {', '.join(one.name for one in reversed(found))}.")


def restore(folder: Path, chosen: Backup, records: Path, now: datetime) -> Path:
    """Puts the backup in the place of the state in on-call's folder; returns the folder that the replaced files are in.

    Incident numbers go on behind the highest that was ever given, as far as the replaced state or the records tell: mails,
    issues and records with these numbers are out in the world. Raises `BackupError` while on-call runs, or where the
    backup cannot be used; nothing has changed then.
    """
    with _while_stopped(folder):
        names = [name for name in backup.FILES if (chosen.folder / name).exists()]
        _insist_on_usable(chosen, names)
        backup.insist_on_space(folder, chosen.size)
        floor = max(_highest(folder / backup.STATE), _highest_record(records))
        for name in names:
            draft = folder / f"{name}.restoring"
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            shutil.copyfile(chosen.folder / name, draft)
            if name == backup.STATE:
                _continue_numbers_after(draft, floor, now)
            backup.sync(draft)
        aside = _aside(folder, now)
        (folder / backup.UNFINISHED).touch(mode=0o600)
        backup.sync(folder)
        for name in backup.FILES:
            # The write-ahead log belongs to the file beside it; beside another one it would damage that.
            for part in (f"{name}{ending}" for ending in _SIDE_FILES):
                if (folder / part).exists():
                    (folder / part).rename(aside / part)
        for name in names:
            (folder / f"{name}.restoring").rename(folder / name)
        backup.sync(folder)
        (folder / backup.UNFINISHED).unlink()
        backup.sync(folder)
    return aside


@contextmanager
def _while_stopped(folder: Path) -> Iterator[None]:
    """Holds the lock that a running on-call holds."""
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(
                f"on-call is running on {folder.parent}. Stop it first (`tix down`), then run `tix restore` again."
            ) from error
        yield


def _insist_on_usable(chosen: Backup, names: list[str]) -> None:
    if backup.STATE not in names:
        raise BackupError(f"the backup {chosen.folder} has no {backup.STATE}. Choose another (`tix backup --list`).")
    for name in names:
        try:
            integrity.check_file(chosen.folder / name, immutable=True)
        except StateDamagedError as error:
            raise BackupError(
                f"the backup {chosen.name} is damaged itself ({name}). Choose an older one (`tix backup --list`)."
            ) from error
    address = f"{(chosen.folder / backup.STATE).absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    if version > newest_migration():
        raise BackupError(
            f"the backup {chosen.name} was made by a newer TixMaster (schema {version}; this one knows up to "
            f"{newest_migration()}). Upgrade TixMaster, then run `tix restore {chosen.name}` again."
        )


def _highest(state: Path) -> int:
    """The highest incident number of a state that may be damaged; 0 where it does not tell."""
    if not state.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{state.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            found = connection.execute("SELECT max(number) FROM incident").fetchone()[0]
    except sqlite3.Error:
        return 0
    return int(found or 0)


def _highest_record(records: Path) -> int:
    """The highest incident number that has a folder of records."""
    try:
        found = [_RECORD.fullmatch(entry.name) for entry in records.iterdir()]
    except FileNotFoundError:
        return 0
    return max((int(match[1]) for match in found if match), default=0)


def _continue_numbers_after(state: Path, floor: int, now: datetime) -> None:
    """Writes the floor as `facts.put` would; the tables may be of an older schema, so SQLAlchemy's are no help."""
    at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(state)) as connection, connection:
        before = connection.execute("SELECT value FROM fact WHERE name = ?", (facts.INCIDENT_FLOOR,)).fetchone()
        highest = max(floor, int(before[0])) if before else floor
        connection.execute(
            "INSERT INTO fact (name, value, at) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
            (facts.INCIDENT_FLOOR, str(highest), at),
        )


def _aside(folder: Path, now: datetime) -> Path:
    """A new folder for the replaced files."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for ending in ("", *(f"-{count}" for count in range(2, 1000))):
        path = folder / f"replaced-{stamp}{ending}"
        if not path.exists():
            path.mkdir(mode=0o700)
            return path
    raise BackupError(f"there are too many folders {folder / f'replaced-{stamp}'}-…; delete those you do not need.")
