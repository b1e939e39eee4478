"""Is the monitoring itself well? SOP 3.2: a blind watchman reports nothing."""

from __future__ import annotations

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus


class MonitoringParams(Params, frozen=True, kw_only=True):
    """Needs none: there is one monitoring stack."""


@check("monitoring", MonitoringParams)
def monitoring(_params: MonitoringParams, scene: Scene) -> Finding:
    """Asks Prometheus and Alertmanager whether they are ready, and Prometheus which targets it reaches."""
    share = scene.timeout / 3
    problems: list[str] = []
    up = total = 0
    try:
        with Prometheus(scene.config.url("prometheus"), timeout=share) as prometheus:
            if not prometheus.ready():
                problems.append("Prometheus is not ready")
            targets = prometheus.targets()
        up, total = sum(target.health == "up" for target in targets), len(targets)
    except StackError as error:
        problems.append(str(error))
    try:
        with Alertmanager(scene.config.url("alertmanager"), timeout=share) as alertmanager:
            if not alertmanager.ready():
                problems.append("Alertmanager is not ready")
    except StackError as error:
        problems.append(str(error))
    value = {"targets_up": up, "targets": total}
    if problems:
        return Finding(status="failed", reason="; ".join(problems), value=value)
    return Finding(
        status="ok", reason=f"Prometheus and Alertmanager are ready, {up} of {total} targets up", value=value
    )
