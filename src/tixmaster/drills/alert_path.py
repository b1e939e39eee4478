"""The way of an alert is cut: what reports of trouble is in trouble itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tixmaster.drills.drill import Drill, Event
from tixmaster.drills.scene import Scene
from tixmaster.stack.managers import manager_of
from tixmaster.stack.monitoring.alertmanager import WEBHOOK
from tixmaster.stack.monitoring.write import reload


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
def _wrong_address(scene: Scene) -> Iterator[None]:
    """Somebody has edited Alertmanager's file by hand, and mistyped on-call's address."""
    file = scene.config.var / "alertmanager" / "alertmanager.yml"
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(text.replace(WEBHOOK, f"{WEBHOOK}s"), encoding="utf-8")
        reload(scene.config)
        yield
    finally:
        file.write_text(text, encoding="utf-8")
        reload(scene.config)


PROMETHEUS_DOWN = Drill(
    name="prometheus-down",
    title="Prometheus is stopped: no alert can fire any more",
    title_zh="停止 Prometheus：不再有警報觸發",
    cause="prometheus-down",
    event=_stopped("prometheus"),
    remedy="restart prometheus",
    service="prometheus",
    told=False,
    seconds=240.0,  # Alertmanager goes on with the Watchdog for a minute, as with all that Prometheus told it last
)
ALERTMANAGER_DOWN = Drill(
    name="alertmanager-down",
    title="Alertmanager is stopped: alerts fire and reach nobody",
    title_zh="停止 Alertmanager：警報觸發但無人收到",
    cause="alertmanager-down",
    event=_stopped("alertmanager"),
    remedy="restart alertmanager",
    service="alertmanager",
    told=False,
)
DELIVERIES_FAILING = Drill(
    name="deliveries-failing",
    title="Alertmanager has a wrong address of on-call's",
    title_zh="Alertmanager 的值勤系統位址有誤",
    cause="deliveries-failing",
    event=_wrong_address,
    service="alertmanager",
    told=False,
)
