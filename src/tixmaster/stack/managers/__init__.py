"""Service managers: whoever keeps a service running is asked with the same five verbs, and two more for our own stack.

One folder each; a new one is a folder like `supervisor` and a line in `manager_of`.
"""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted, ServiceManager, State

__all__ = ["Event", "ProcessState", "Restarted", "ServiceManager", "State", "manager_of"]


def manager_of(config: Config, service: str) -> ServiceManager:
    """The manager that keeps the service (short name) running, according to `tixmaster.toml`."""
    from tixmaster.stack.managers.supervisor.manager import SupervisorManager

    return SupervisorManager(config, service)
