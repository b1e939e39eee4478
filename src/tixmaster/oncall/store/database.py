"""Opening the state database: migrated, durable, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from tixmaster.oncall.errors import StateBusyError
from tixmaster.oncall.store.turns import Turns

BUSY_SECONDS = 10
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A handle on the state: `read()` and `write()` give a connection inside a transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._turns = Turns()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view; it never waits for a writer (WAL)."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # one snapshot for all that is read, not one for each statement
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its first moment and is on disk when the block ends."""
        if not self._turns.take(BUSY_SECONDS):
            raise StateBusyError(f"another writer of this process has held the state for {BUSY_SECONDS} s; try again.")
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
                connection.exec_driver_sql("COMMIT")
        finally:
            self._turns.done()

    def close(self) -> None:
        self.engine.dispose()


def open_database(path: Path) -> Database:
    """Opens the SQLite file at `path`, creates it where it is missing and brings it to the newest schema."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = sa.create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, isolation_level="AUTOCOMMIT", pool_size=16
    )
    sa.event.listen(engine, "connect", _make_durable)
    migrate(engine)
    return Database(engine)


def migrate(engine: sa.Engine) -> None:
    """Applies the migrations that are not applied yet."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def _make_durable(connection: Any, _record: object) -> None:
    """WAL keeps readers and the writer apart; FULL means that a commit has reached the disk."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
