"""The way of an alert is cut: what reports of trouble is in trouble itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tixmaster.drills.drill import Drill, Event
from tixmaster.drills.scene import Scene
from tixmaster.stack import secrets
from tixmaster.stack.managers import manager_of

TOKEN = "webhook-token"  # noqa: S105 - the name of the file, not what is in it


def _stopped(service: str) -> Event:
    @contextmanager
    def stopped(scene: Scene) -> Iterator[None]:
        manager = manager_of(scene.config, service)
        manager.stop()
        try:
            yield
        finally:
            manager.start()

    def event(scene: Scene) -> AbstractContextManager[None]:
        return stopped(scene)

    return event


@contextmanager
def _token_changed(scene: Scene) -> Iterator[None]:
    """Alertmanager reads the file for each delivery, on-call read it when it started."""
    token = secrets.read(scene.config, TOKEN)
    secrets.write(scene.config, TOKEN, f"{token}-changed")
    try:
        yield
    finally:
        secrets.write(scene.config, TOKEN, token)


PROMETHEUS_DOWN = Drill(
    name="prometheus-down",
    title="Prometheus is stopped: no alert can fire any more",
    cause="prometheus-down",
    event=_stopped("prometheus"),
    remedy="restart prometheus",
    service="prometheus",
)
ALERTMANAGER_DOWN = Drill(
    name="alertmanager-down",
    title="Alertmanager is stopped: alerts fire and reach nobody",
    cause="alertmanager-down",
    event=_stopped("alertmanager"),
    remedy="restart alertmanager",
    service="alertmanager",
)
DELIVERIES_FAILING = Drill(
    name="deliveries-failing",
    title="Alertmanager's token is no longer the one that on-call wants",
    cause="deliveries-failing",
    event=_token_changed,
    service="alertmanager",
)
