"""A container's process: the one that Supervisor would run, in place of the one that was asked to run it."""

from __future__ import annotations

import os
from typing import NoReturn

from tixmaster.stack.config import Config
from tixmaster.stack.programs import program


def become(config: Config, service: str) -> NoReturn:
    """Turns this process into the service, command line and environment as `tix up` makes them; it gets the signals.

    Raises `ConfigError` where there is no such process.
    """
    wanted = program(config, service)
    os.execve(wanted.command[0], wanted.command, {**os.environ, **wanted.environment})  # noqa: S606 - one of our own
