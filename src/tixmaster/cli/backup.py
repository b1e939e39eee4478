"""Backups of on-call's state: `tix backup`, `tix restore`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, print_json

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from tixmaster.oncall.store.backup import Backup
    from tixmaster.stack.config import Config


def register(app: App) -> None:
    """Adds `tix backup` and `tix restore`."""
    app.command(backup)
    app.command(restore)


def backup(*, list: bool = False, json: bool = False) -> int:
    """Back up on-call's state (incidents, accounts, runs) now. On-call takes a backup every day and keeps them for 7 days.

    Parameters
    ----------
    list
        List the backups and take none.
    json
        Print one JSON document.
    """
    from tixmaster.oncall.store import backup as backups

    folder, _ = _folder("backup")
    if list:
        _show(backups.backups(folder), json=json)
        return 0
    began = time.monotonic()
    taken = backups.take(folder, datetime.now(UTC))
    if json:
        print_json(_document(taken))
    else:
        console().print(
            f"✓ {taken.name}  {taken.size / 1_000_000:,.1f} MB in {time.monotonic() - began:.1f} s  {taken.folder}",
            markup=False,
        )
    return 0


def restore(name: str | None = None, /) -> int:
    """Replace on-call's state by a backup. On-call must be stopped; the replaced files are kept.

    Parameters
    ----------
    name
        Which backup (`tix backup --list`); the newest unless told otherwise.
    """
    from tixmaster.oncall.store.restore import choose
    from tixmaster.oncall.store.restore import restore as put_back

    folder, config = _folder("restore")
    chosen = choose(folder, name)
    aside = put_back(folder, chosen, config.records, datetime.now(UTC))
    out = console()
    out.print(f"✓ restored {chosen.name} (UTC); the replaced files are in {aside}", markup=False)
    out.print("  next  `tix up` starts on-call; what happened after the backup is not in its state", markup=False)
    return 0


def _folder(command: str) -> tuple[Path, Config]:
    """On-call's folder; raises `WrongUseError` with the command to use where PostgreSQL keeps the state."""
    from tixmaster.oncall.errors import WrongUseError
    from tixmaster.oncall.store.open import server_url
    from tixmaster.stack import config as configuration

    config = configuration.load()
    if (url := server_url(config)) is not None:
        raise WrongUseError(
            f"on-call's state is in PostgreSQL (`database` under [oncall]), so `tix {command}` does nothing. "
            f"Use PostgreSQL's own tools:\n  {_by_postgres(command, config, url)}"
        )
    folder = config.var / "oncall"
    if not folder.is_dir():
        raise WrongUseError(f"{folder} does not exist: on-call has not run with this configuration.")
    return folder, config


def _by_postgres(command: str, config: Config, url: sa.URL) -> str:
    """The line to run in a shell. The password is read from its file, so that it stands in no command line."""
    import shlex

    file = config.oncall.database_password_file
    password = f'PGPASSWORD="$(cat {shlex.quote(str(config.path_of(file)))})" ' if file else ""
    address = shlex.quote(url.set(drivername="postgresql")._replace(password=None).render_as_string())
    if command == "backup":
        return f"{password}pg_dump --format=custom --file=oncall-$(date +%Y%m%d).dump {address}"
    return f"{password}pg_restore --clean --if-exists --single-transaction --dbname={address} oncall-YYYYMMDD.dump"


def _show(found: list[Backup], *, json: bool) -> None:
    if json:
        print_json({"backups": [_document(one) for one in reversed(found)]})
        return
    for one in reversed(found):
        console().print(
            f"{one.name}  {one.taken_at:%Y-%m-%d %H:%M:%S} UTC  {one.size / 1_000_000:>8,.1f} MB", markup=False
        )
    if not found:
        console().print("no backup yet; `tix backup` takes one")


def _document(one: Backup) -> dict[str, object]:
    return {"name": one.name, "taken_at": one.taken_at.isoformat(), "bytes": one.size, "folder": str(one.folder)}
