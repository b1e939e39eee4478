"""PostgreSQL stops while shoppers are about."""

from __future__ import annotations

from tixmaster.drills.drill import Drill
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of


def _stop(config: Config) -> None:
    manager_of(config, "postgres").stop()


def _start(config: Config) -> None:
    manager_of(config, "postgres").start()


DRILL = Drill(
    name="high-error-rate",
    title="PostgreSQL is stopped under traffic",
    cause="database-refuses-connections",
    service="postgres",
    inject=_stop,
    restore=_start,
)
