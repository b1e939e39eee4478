"""`kill -9` from within, right before an act on the world: a commit, a rename, a mail, a request, a word to Supervisor.

The acts are counted where Python, SQLAlchemy and httpcore themselves tell of them. What only reads is none: dying before
it is dying before the act that comes next.
"""

from __future__ import annotations

import itertools
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.sampling import plan

FILES = ("os.rename", "os.remove", "os.rmdir", "smtplib.send", "subprocess.Popen")
WORDS = (b"supervisor.startProcess", b"supervisor.stopProcess", b"POST /case")
TESTERS = ("test_every_step", "death", "life", "outside")
"""A change in one of these asks for all places and acts."""
REQUESTS = ("POST", "PATCH", "PUT")
OURS = (f"{os.sep}tixmaster{os.sep}", f"{os.sep}dbos{os.sep}")

Act = Callable[[str], None]
"""Is told what is about to be done."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def nth(number: int) -> Act:
    """Dies before the so-manyeth act."""
    done = itertools.count(1)

    def count(_kind: str) -> None:
        if next(done) == number:
            die()

    return count


def anew(known: Path) -> Act:
    """Dies before the first act at a place in the code to which no life has come before, if that place is due in this run of
    the tests; `known` holds those places."""

    plan()  # now: it asks git, in a process that would count as an act
    one_at_a_time = threading.Lock()

    def look(kind: str) -> None:
        place = f"{kind} {_place()}"
        with one_at_a_time:  # or one death would be that of two threads, each at a due place of its own
            if not known.exists() or place not in known.read_text().splitlines():
                with known.open("a") as file:
                    file.write(f"{place}\n")
                if due(place):
                    die()

    return look


def due(place: str) -> bool:
    """A place belongs to the module that stands first in it: the one that acts."""
    return plan().takes(place, (*TESTERS, place.split(" < ")[0].rpartition(" ")[2].split(".")[0]))


def stand_still(place: str) -> None:
    """Stops, until SIGCONT, when Supervisor is first asked something at that place in the code."""
    held: list[str] = []

    def heard(event: str, _arguments: tuple[Any, ...]) -> None:
        if event == "http.client.send" and not held and place in _place():
            held.append(place)
            os.kill(os.getpid(), signal.SIGSTOP)

    sys.addaudithook(heard)


def _place() -> str:
    frames = (frame.f_code for frame, _ in traceback.walk_stack(sys._getframe(2)))
    ours = [
        f"{Path(code.co_filename).stem}.{code.co_name}" for code in frames if any(x in code.co_filename for x in OURS)
    ]
    return " < ".join(ours)


def watch(act: Act) -> None:
    """Tells `act` of everything from now on."""

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in FILES or (event == "http.client.send" and any(word in arguments[1] for word in WORDS)):
            act(event)

    def executed(connection: sa.Connection, cursor: Any, statement: str, *_: object) -> None:
        if statement == "COMMIT" and _has_written(connection.info, cursor.connection):
            act("commit")

    def committed(connection: sa.Connection) -> None:
        if _has_written(connection.info, connection.connection.dbapi_connection):
            act("commit of a run")

    sys.addaudithook(heard)
    sa.event.listen(sa.Engine, "before_cursor_execute", executed)  # the state's commits
    sa.event.listen(sa.Engine, "commit", committed)  # the workflow engine's
    logger = logging.getLogger("httpcore.http11")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(_Requests(act))
    logger.propagate = False


def _has_written(info: dict[str, Any], driver: Any) -> bool:
    """Whether the transaction that ends has changed anything."""
    if hasattr(driver, "total_changes"):
        before, info["changes"] = info.get("changes", 0), driver.total_changes
        return bool(before != info["changes"])
    with driver.cursor() as cursor:  # PostgreSQL
        return cursor.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()[0] is not None


class _Requests(logging.Handler):
    """Hears of each request that changes something, before it is sent and before its answer is read."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self._act = act

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        is_change = any(f"[b'{method}']" in words for method in REQUESTS)
        if is_change and words.startswith(("send_request_headers.started", "receive_response_headers.started")):
            self._act(words.partition(" ")[0])
