"""What tests start ends with them, also where pytest itself is killed: a watcher waits for its end.

Everything that is started inherits the mark in its environment, however far it goes away from pytest: supervisord, the
services below it, PostgreSQL, containers' engines.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from uuid import uuid4

import psutil

MARK = "TIXMASTER_TESTS"
GRACE_SECONDS = 10.0


def begin() -> None:
    """Starts the watcher; nothing in a process that another one watches over already, as in pytest-xdist's workers."""
    if MARK in os.environ:
        return
    os.environ[MARK] = uuid4().hex
    command = [sys.executable, __file__, os.environ[MARK]]
    # The pipe is never written to: it closes when this process is gone, whatever ended it.
    _watchers.append(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True))


_watchers: list[subprocess.Popen[bytes]] = []


def end() -> None:
    """Lets the watcher end what is left."""
    for watcher in _watchers:
        watcher.communicate()


def end_all(mark: str) -> None:
    """Ends every process that carries the mark, but for this one."""
    found = [process for process in psutil.process_iter() if process.pid != os.getpid() and _carries(process, mark)]
    for process in found:
        _tell(process, "terminate")
    _, left = psutil.wait_procs(found, GRACE_SECONDS)
    for process in left:
        _tell(process, "kill")


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.environ().get(MARK) == mark)
    except (psutil.Error, OSError):
        return False


def _tell(process: psutil.Process, what: str) -> None:
    with suppress(psutil.Error):
        getattr(process, what)()


if __name__ == "__main__":
    sys.stdin.read()
    end_all(sys.argv[1])
