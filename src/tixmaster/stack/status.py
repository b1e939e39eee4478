"""How every service is: what its manager says, and whether it is well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import ProcessState, manager_of


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """One service. `state` is the manager's word, or `unmanaged` where no manager of ours keeps it."""

    short_name: str
    name: str
    state: str
    healthy: bool
    address: str
    manager: str
    detail: str
    pid: int | None
    started_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "healthy": self.healthy,
            "address": self.address,
            "manager": self.manager,
            "detail": self.detail,
            "pid": self.pid,
            "started_at": self.started_at.isoformat() if self.started_at else None,
        }


def status(config: Config, service: str) -> ServiceStatus:
    """Asks the manager and the service itself."""
    place, manager = config.service(service), manager_of(config, service)
    try:
        state = manager.status()
    except StackError as error:
        state = ProcessState(state="absent", pid=None, started_at=None, detail=error.words)
    well = health.probe(config, service)
    unmanaged = state.state == "absent" and well.healthy
    return ServiceStatus(
        short_name=service,
        name=config.full_name(service),
        state="unmanaged" if unmanaged else state.state,
        healthy=well.healthy,
        address=f"{place.host}:{place.port}" if place.port else "–",
        manager="–" if unmanaged else manager.name,
        detail=well.detail if well.healthy or state.pid else state.detail,
        pid=state.pid,
        started_at=state.started_at,
    )


def status_all(config: Config) -> list[ServiceStatus]:
    """Every service of `tixmaster.toml` that is wanted here, asked at once. Grafana counts where it answers."""
    with ThreadPoolExecutor(max_workers=len(config.service_names)) as pool:
        found = list(pool.map(lambda name: status(config, name), config.service_names))
    return [item for item in found if item.healthy or item.short_name not in _optional(config)]


def _optional(config: Config) -> set[str]:
    """Services whose absence is no trouble."""
    return {"grafana"} | ({"mail"} if config.mail.smtp.host else set())
