"""Is the state sound? SQLite itself says so (`PRAGMA quick_check`); a damaged file is named together with the way out."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from tixmaster.oncall.errors import StateDamagedError
from tixmaster.oncall.store import backup

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_WAIT_SECONDS = 5.0


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file is damaged or is no database. Waiting does not help then."""
    if isinstance(error, DBAPIError):
        return error.orig is not None and is_damage(error.orig)
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorname", "").startswith(_DAMAGE)


def check_state(folder: Path) -> None:
    """Checks both files of the state in on-call's folder; raises `StateDamagedError` for the first damaged one.

    Reads every page, so it takes about a second per 500 MB. Files that do not exist yet are sound.
    """
    if (folder / backup.UNFINISHED).exists():
        raise StateDamagedError.unfinished(folder, backup.newest(folder))
    for file in (folder / name for name in backup.FILES):
        if not os.path.lexists(file):
            continue
        if not file.is_file():
            raise damaged(file, "it is not a file")
        # To SQLite an empty file is a new database. Beside a backup it is what a crash or a full disk left of an old one.
        if file.stat().st_size == 0 and backup.newest(folder) is not None:
            raise damaged(file, "the file is empty")
        check_file(file)


def check_file(file: Path, *, immutable: bool = False) -> None:
    """Checks one SQLite file; raises `StateDamagedError`. `immutable` is for a copy that no process has open."""
    with naming_damage(file):
        # Read-only, but not immutable for a file in use: its newest pages are still in the write-ahead log.
        address = f"{file.absolute().as_uri()}?mode={'ro&immutable=1' if immutable else 'rw'}"
        try:
            opened = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)
        except sqlite3.OperationalError as error:
            raise damaged(file, f"{error}; its owner or its mode may be wrong") from error
        with closing(opened) as connection:
            first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if first != "ok":
        raise damaged(file, first)


@contextmanager
def naming_damage(file: Path) -> Iterator[None]:
    """Turns SQLite's word for damage into `StateDamagedError`, which names the file and the newest backup."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if not is_damage(error):
            raise
        raise damaged(file, str(error.orig if isinstance(error, DBAPIError) else error)) from error


def damaged(file: Path, why: str) -> StateDamagedError:
    """The error for a damaged file of the state."""
    return StateDamagedError(file, " ".join(why.split()), backup.newest(file.parent))
