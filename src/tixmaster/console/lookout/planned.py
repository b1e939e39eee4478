"""What is planned or under way on purpose: maintenance, deploys, the calendar, a drill. From on-call's own state."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tixmaster.oncall import maintenance
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.maintenance import Window
from tixmaster.oncall.store import facts
from tixmaster.stack.config import Planned

AHEAD = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """A deploy that was begun and not ended."""

    service: str
    version: str | None
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Plans:
    """Windows of maintenance; deploys; sales and campaigns of the calendar that are on or begin within `AHEAD`."""

    windows: tuple[Window, ...]
    deploys: tuple[Deploy, ...]
    sales: tuple[Planned, ...]
    drill: dict[str, Any] | None
    """The drill in force `{name, policy, seconds}`."""


def ask(desk: Desk) -> Plans:
    """Reads what is planned."""
    now = desk.now()
    with desk.database.read() as connection:
        begun = facts.deploys(connection)
        windows = maintenance.windows(desk, connection)
        drill = facts.drill_in_force(connection, now)
    limit = now - timedelta(minutes=desk.config.oncall.remedy.deploy_minutes)
    return Plans(
        windows=tuple(windows),
        deploys=tuple(
            Deploy(service=service, version=value["version"], by=value["by"], at=at)
            for service, value, at in begun
            if at >= limit
        ),
        sales=tuple(
            row
            for row in sorted(desk.config.calendar, key=lambda row: row.begins)
            if row.kind != "downtime" and row.ends > now and row.begins < now + AHEAD
        ),
        drill=drill,
    )


def telling(now: datetime, plans: Plans) -> Hashable:
    """What of it matters: which, and which of them are on."""
    return (
        tuple((one.number, one.title, one.begins_at <= now, one.ends_at) for one in plans.windows),
        tuple((one.service, one.at) for one in plans.deploys),
        tuple((one.title, one.covers(now)) for one in plans.sales),
        plans.drill["name"] if plans.drill else None,
    )
