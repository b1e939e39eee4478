"""The recording rules and alerts: one module for each rule file, in the order of this list.

Every expression is one function of `Timings`, so that both profiles run the same rules. All results carry the labels
`env` and `service` and nothing else: one alert, one fingerprint and one incident for each service.
"""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.model import Group
from tixmaster.stack.monitoring.rules import (
    application,
    availability,
    boards,
    business,
    host,
    orders,
    pipeline,
    postgres,
    slo,
)
from tixmaster.stack.monitoring.timings import Timings

GROUPS = (
    availability.group,
    slo.group,
    orders.group,
    business.group,
    application.group,
    postgres.group,
    host.group,
    pipeline.group,
    boards.group,
)


def groups(config: Config, timings: Timings) -> tuple[Group, ...]:
    """Every rule of the system, one group for each rule file."""
    return tuple(make(config, timings) for make in GROUPS)
