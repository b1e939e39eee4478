"""A real supervisord over programs small enough to be read here."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tixmaster.stack.config import Config
from tixmaster.stack.managers import ServiceManager, State, manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import Program

STAYS = "import signal, time; print('here I am', flush=True); signal.pause()"
FALLS = "import sys; print('cannot go on', flush=True); sys.exit(7)"


def await_state(manager: ServiceManager, state: State, *, within: float = 120) -> None:
    """Waits until the manager sees the service in that state."""
    end = time.monotonic() + within
    while (seen := manager.status()).state != state:
        assert time.monotonic() < end, f"still {seen.state} after {within} s: {seen.detail}"
        time.sleep(0.02)


def kill(manager: ServiceManager) -> int:
    """Ends the service's process the hard way; returns which it was."""
    pid = manager.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


@pytest.fixture
def supervise(config: Config) -> Iterator[Callable[[str], ServiceManager]]:
    """Starts supervisord with a Python text as the program `backend`; the manager of it."""

    def begin(text: str) -> ServiceManager:
        daemon.write_config(config, [Program(service="backend", command=[sys.executable, "-c", text])])
        daemon.start(config)
        daemon.take_in_changes(config)
        return manager_of(config, "backend")

    yield begin
    if daemon.running(config):
        daemon.stop(config)
