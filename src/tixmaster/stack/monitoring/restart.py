"""Restarts the monitoring (SOP 3.2): Alertmanager first, so that Prometheus finds it when its alerts come back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.health import Health, probe
from tixmaster.stack.managers import Restarted, manager_of

SERVICES: tuple[str, ...] = ("alertmanager", "prometheus")
HEALTHY_WITHIN = 20.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one service: what its manager did, and how it is since."""

    service: str
    restarted: Restarted
    health: Health


def restart(config: Config) -> Iterator[Outcome]:
    """Restarts each service through its manager and waits until it is healthy, at most `HEALTHY_WITHIN` seconds.

    Raises `UnreachableError` where the manager does not answer and `ManagerError` where it refuses.
    """
    for service in SERVICES:
        restarted = manager_of(config, service).restart()
        yield Outcome(service=service, restarted=restarted, health=_settled(config, service))


def _settled(config: Config, service: str) -> Health:
    """The health once it is good, or as it is when the time is up."""
    end = time.monotonic() + HEALTHY_WITHIN
    while not (health := probe(config, service)).healthy and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return health
