"""Trouble of the disk or the database server, which passes: what was under way waits, and goes on when it is over."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from tixmaster.oncall.errors import StateBusyError

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 8.0
FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG}
SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
POSTGRES = ("08", "40", "53", "55P03", "57", "58", "25P03")
"""Classes of SQLSTATE: connection, rolled back, resources (a full disk too), lock, operator, system, idle transaction.
Source: postgresql.org/docs/current/errcodes-appendix.html."""


def passes(error: BaseException) -> bool:
    """Whether the same attempt can succeed later without anybody changing a line of code."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and passes(error.orig))
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "").startswith(SQLITE)
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate is None or error.sqlstate.startswith(POSTGRES)
    return isinstance(error, StateBusyError) or (isinstance(error, OSError) and error.errno in FILES)


def wait_out(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """The result of `work`, which is repeated for as long as such trouble lasts; other errors are raised at once."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return work(*args, **more)
        except (DBAPIError, OSError, StateBusyError) as error:
            if not passes(error):
                raise
            if pause == FIRST_PAUSE_SECONDS:
                log.warning("waiting-for-the-state", error=words(error))
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def words(error: BaseException) -> str:
    """The trouble in one line, without the statement that met it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(cause).split())
