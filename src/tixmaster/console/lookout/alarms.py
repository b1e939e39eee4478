"""What Alertmanager holds: the alerts with what mutes them, and the silences."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.client import Alert, Alertmanager, Silence

SECONDS = 2.0
UNHEARD = "none"
"""The severity of alerts that are to ring all the time, such as the Watchdog: they are no trouble."""


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Alerts, the oldest first, and the silences that are on or to come."""

    alerts: tuple[Alert, ...]
    silences: tuple[Silence, ...]

    @property
    def ringing(self) -> tuple[Alert, ...]:
        """The alerts that are trouble and that nothing mutes."""
        return tuple(one for one in self.alerts if is_trouble(one) and one.status.state != "suppressed")

    @property
    def active_silences(self) -> tuple[Silence, ...]:
        """The silences that are on."""
        return tuple(one for one in self.silences if one.status.state == "active")


def is_trouble(alert: Alert) -> bool:
    """Whether somebody should be told of it."""
    return alert.labels.get("severity") != UNHEARD


def ask(config: Config) -> Alarms:
    """Asks Alertmanager; raises `StackError` where it is away or refuses."""
    with Alertmanager(config.url("alertmanager"), timeout=SECONDS) as alertmanager:
        alerts = sorted(alertmanager.alerts(), key=lambda one: (one.starts_at, one.fingerprint))
        return Alarms(alerts=tuple(alerts), silences=alertmanager.silences())


def telling(alarms: Alarms) -> Hashable:
    """What of it matters: which alerts, in which state, and which silences until when."""
    return (
        frozenset((one.fingerprint, one.status.state) for one in alarms.alerts),
        frozenset((one.id, one.status.state, one.ends_at) for one in alarms.silences),
    )
