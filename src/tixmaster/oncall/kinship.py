"""Which incident an alert belongs to: one cause, one page.

An alert belongs to the open incident of the same alert and service, of the alert that explains it, or of one that it
explains. A runbook says what its alert explains: on the same service (`explains`), and on services that need it
(`explains-dependents`, and `needs` in tixmaster.toml). Prometheus and Alertmanager count as one service there: the Watchdog's
silence speaks of the whole path that alerts take. What begins while on-call restarts the service for an incident is an
effect of that: requests that hung end late, and count as slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import incidents

ALERT_PATH = frozenset({"prometheus", "alertmanager"})
"""The services between a rule and on-call."""

Named = tuple[str, str]
"""An alert's name and its service."""

Relation = Literal["same", "symptom", "cause", "effect"]
"""What an alert is to the incident: another instance of its alert, a symptom of it, what explains it, or an effect of what
on-call did for it."""


@dataclass(frozen=True, kw_only=True)
class Kin:
    """The open incident that an alert belongs to."""

    incident: dict[str, Any]
    relation: Relation


def find(desk: Desk, connection: sa.Connection, alert: Named) -> Kin | None:
    """The oldest open incident that the alert is related to; another instance of the same alert goes before the rest."""
    related = [
        Kin(incident=candidate, relation=relation)
        for candidate in incidents.open_for_services(connection, _neighbours(desk, alert[1]))
        if (relation := _relation(desk, alert, (candidate["alertname"], candidate["service"])))
    ]
    return min(related, key=lambda kin: kin.relation != "same", default=None)


def _relation(desk: Desk, new: Named, held: Named) -> Relation | None:
    if new == held:
        return "same"
    if explains(desk, held, new):
        return "symptom"
    return "cause" if explains(desk, new, held) else None


def explains(desk: Desk, cause: Named, symptom: Named) -> bool:
    """Whether the one alert on its service explains the other on its own."""
    runbook = desk.library.manual.runbook(cause[0])
    if cause[1] == symptom[1] or {cause[1], symptom[1]} == ALERT_PATH:
        return symptom[0] in runbook.explains
    return symptom[0] in runbook.explains_dependents and cause[1] in desk.config.needs(symptom[1])


def _neighbours(desk: Desk, service: str) -> set[str]:
    """The service, what it needs, and what needs it."""
    needing = {name for name in desk.config.service_names if service in desk.config.needs(name)}
    path = ALERT_PATH if service in ALERT_PATH else frozenset()
    return {service} | path | desk.config.needs(service) | needing
