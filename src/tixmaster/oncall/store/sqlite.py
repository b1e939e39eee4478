"""The state in a SQLite file: the default, for one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.store import integrity
from tixmaster.oncall.store.database import BUSY_SECONDS, Beginning, Database
from tixmaster.oncall.store.migrate import migrate

BEGINNING = Beginning(read=("BEGIN",), write=("BEGIN IMMEDIATE",))


def open_database(path: Path) -> Database:
    """Opens the SQLite file at `path`, creates it where it is missing and brings it to the newest schema."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = sa.create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, isolation_level="AUTOCOMMIT", pool_size=16
    )
    sa.event.listen(engine, "connect", _make_durable)
    with integrity.naming_damage(path):
        migrate(engine, BEGINNING.write)
    return Database(engine, BEGINNING, shared=False, file=path)


def _make_durable(connection: Any, _record: object) -> None:
    """WAL keeps readers and the writer apart; FULL means that a commit has reached the disk."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
