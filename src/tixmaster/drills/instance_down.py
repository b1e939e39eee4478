"""The backend dies, and dies again each time it comes back, until Supervisor gives it up."""

from __future__ import annotations

import contextlib
import time

import psutil

from tixmaster.drills.drill import Drill, DrillError
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of

GIVES_UP_SECONDS = 20.0
POLL_SECONDS = 0.02


def _kill_until_given_up(config: Config) -> None:
    manager = manager_of(config, "backend")
    deadline = time.monotonic() + GIVES_UP_SECONDS
    while (state := manager.status()).state != "failed":
        if time.monotonic() > deadline:
            raise DrillError(f"Supervisor did not give the backend up within {GIVES_UP_SECONDS:g} s: {state.detail}")
        if state.pid is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(state.pid).kill()
        time.sleep(POLL_SECONDS)


def _start(config: Config) -> None:
    manager_of(config, "backend").start()


DRILL = Drill(
    name="instance-down",
    title="the backend is killed until Supervisor gives it up",
    cause="backend-not-running",
    service="backend",
    inject=_kill_until_given_up,
    restore=_start,
)
