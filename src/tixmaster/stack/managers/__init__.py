"""Service managers: whoever keeps a service running is asked with the same five verbs, and two more where it can.

One folder each; a new one is a folder like `supervisor`, a line in `_MANAGERS` and its word in `config.Manager`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from tixmaster.stack.config import Config, Manager
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted, ServiceManager, State

__all__ = ["Event", "ProcessState", "Restarted", "ServiceManager", "State", "manager_of"]

_MANAGERS: Final[dict[Manager, str]] = {
    "supervisor": "SupervisorManager",
    "docker": "DockerManager",
    "compose": "ComposeManager",
    "pm2": "Pm2Manager",
    "systemd": "SystemdManager",
    "process": "PlainProcess",
}
"""The class in `<word>/manager.py`; imported when it is needed, because `tix status` must be quick."""


def manager_of(config: Config, service: str) -> ServiceManager:
    """The manager that keeps the service (short name) running, according to `tixmaster.toml`."""
    word = config.service(service).manager
    made: ServiceManager = getattr(import_module(f"{__name__}.{word}.manager"), _MANAGERS[word])(config, service)
    return made
