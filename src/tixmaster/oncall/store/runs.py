"""Where the workflow engine keeps which steps of which run are done: beside the state."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, _workflow_commands
from sqlalchemy.engine import ExceptionContext

from tixmaster.oncall.store.open import server_url
from tixmaster.oncall.store.trouble import passes
from tixmaster.stack.config import Config

BUSY_MILLISECONDS = 30_000
SELDOM_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """An address, and what opens it where the engine's own way will not do."""

    url: str
    engine: sa.Engine | None = None


def place_of_runs(config: Config) -> Place:
    """The state's PostgreSQL database, or a SQLite file."""
    if url := server_url(config):
        return Place(url=url.render_as_string(hide_password=False))
    file = config.var / "oncall" / "dbos.sqlite"
    return Place(url=f"sqlite:///{file}", engine=_file_engine(file))


def without_deadlines() -> None:
    """Lets an engine, to be launched, look seldom for delayed runs and deadlines, which only others use.

    It asks its file for them once a second, and for what is in its queue once more: together half of what an idle on-call
    takes of a processor. A server's runs are left as they are: there the lock of these looks is a transaction.
    """
    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = SELDOM_SECONDS


def without_queue(engine: DBOS) -> None:
    """Lets the engine look seldom into its queue, once that is empty: only runs that were taken up go through it."""
    engine._registry.get_internal_queue()._polling_interval_sec = SELDOM_SECONDS


def _file_engine(file: Path) -> sa.Engine:
    """As the engine itself opens a file, but it waits when the disk is full, and not only when the file is locked.

    It would end the run with an error otherwise. PostgreSQL's troubles it knows by itself.
    """
    engine = sa.create_engine(f"sqlite:///{file}")
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "handle_error", _wait_out, retval=True)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _wait_out(context: ExceptionContext) -> BaseException | None:
    """The words by which the engine knows an error that it repeats the attempt for."""
    error = context.original_exception
    if not passes(error) or "database is locked" in str(error):
        return None
    return sa.exc.OperationalError(context.statement, None, sqlite3.OperationalError(f"database is locked: {error}"))
