"""The guards: reasons not to act, each with its word. All are asked when an act is proposed, and again right before it.

To add one, write a function and put it into the list. A drill plays in a system of its own and is over in a minute, so what
counts over hours does not hold it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall import maintenance
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.remedy import policy
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.schema import action

Reason = Literal[
    "unknown-service",
    "policy-observe",
    "tried-before",
    "budget-spent",
    "cool-down",
    "did-not-help",
    "shared-service",
    "maintenance",
    "deploy",
    "under-way",
]
ACTED = ("running", "done", "failed")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An act that somebody or something wants: on which service, for which cause of which incident."""

    incident: dict[str, Any]
    service: str
    cause: str
    run: int
    own: int | None = None
    """The action's own row, where it is written already."""

    @property
    def in_drill(self) -> bool:
        return self.incident["drill"] is not None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why nothing is done."""

    reason: Reason
    text: str


Guard = Callable[[Desk, sa.Connection, Wish], str | None]


def check(desk: Desk, connection: sa.Connection, wish: Wish) -> Refusal | None:
    """The first guard that objects; None where the act may go on."""
    for reason, guard in GUARDS.items():
        if text := guard(desk, connection, wish):
            return Refusal(reason=reason, text=text)
    return None


def _unknown_service(desk: Desk, _connection: sa.Connection, wish: Wish) -> str | None:
    if wish.service in desk.config.service_names:
        return None
    return f"{wish.service} is not a service of tixmaster.toml; restart it by hand"


def _tried_before(_desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    """For this incident, whatever became of it, in an earlier investigation."""
    earlier = _count(
        connection, wish, action.c.incident == wish.incident["number"], action.c.run != wish.run, _same_cause(wish)
    )
    if not earlier:
        return None
    return f"{wish.service} was restarted for this cause before and it did not last: a person must look"


def _budget_spent(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    budget = desk.config.oncall.remedy.budget
    since = desk.now() - timedelta(minutes=budget.minutes)
    used = _count(connection, wish, action.c.started_at >= since, action.c.incident != wish.incident["number"])
    if wish.in_drill or used < budget.restarts:
        return None
    return f"Budget spent: {wish.service} was restarted {used} times in {budget.minutes} min; a person must look"


def _cooling_down(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    minutes = desk.config.oncall.remedy.cool_down_minutes
    since = desk.now() - timedelta(minutes=minutes)
    others = (action.c.incident != wish.incident["number"], action.c.finished_at >= since, action.c.state.in_(ACTED))
    if wish.in_drill or not _count(connection, wish, *others):
        return None
    return f"Cool-down: {wish.service} was restarted within the last {minutes:g} min for another incident"


def _did_not_help(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    """The same act for the same cause was the last to fail: once more would be hope."""
    since = desk.now() - timedelta(hours=desk.config.oncall.remedy.shared_hours)
    recent = (
        sa.select(action.c.state)
        .where(_about(wish), _same_cause(wish), action.c.started_at >= since, action.c.state.in_(("done", "failed")))
        .order_by(action.c.finished_at.desc())
        .limit(1)
    )
    if wish.in_drill or connection.execute(recent).scalar_one_or_none() != "failed":
        return None
    return f"The last restart of {wish.service} for this cause did not help: a person must look"


def _shared_service(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    """What others need, a database above all, is restarted once for one cause."""
    hours = desk.config.oncall.remedy.shared_hours
    shared = any(wish.service in desk.config.needs(name) for name in desk.config.service_names)
    since = desk.now() - timedelta(hours=hours)
    if wish.in_drill or not shared or not _count(connection, wish, _same_cause(wish), action.c.started_at >= since):
        return None
    return (
        f"Other services need {wish.service}, and it was restarted for this cause within the last {hours:g} h: "
        "a person must look"
    )


def _maintained(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    window = maintenance.covering(desk, connection, wish.service)
    return f"Maintenance is on: {window.title}, until {window.ends_at:%H:%M} UTC" if window else None


def _deployed(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    """On the service itself or on one that it needs."""
    for service in (wish.service, *sorted(desk.config.needs(wish.service))):
        deploy = facts.deploy_under_way(connection, service, desk.now(), desk.config.oncall.remedy.deploy_minutes)
        if deploy:
            return f"A deploy of {service} is under way, begun by {deploy['by']} (`tix deploy end {service}`)"
    return None


def _under_way(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    """Another act on the service, on one that it needs, or on one that needs it: the figures would prove nothing.

    One that was approved long ago and never ended is a fault of ours, and no reason to do nothing for ever.
    """
    near = {wish.service} | desk.config.needs(wish.service)
    near |= {name for name in desk.config.service_names if wish.service in desk.config.needs(name)}
    lately = action.c.decided_at >= desk.now() - timedelta(minutes=desk.config.oncall.remedy.expire_minutes)
    running = (action.c.state == "running", action.c.service.in_(sorted(near)), lately)
    query = sa.select(action.c.command).where(*running)
    other = connection.execute(query.where(action.c.id != wish.own) if wish.own else query).scalars().first()
    return f"Another remedy is under way: {other}" if other else None


def _observed(desk: Desk, connection: sa.Connection, wish: Wish) -> str | None:
    found = policy.in_force(desk, connection, wish.incident, wish.service, wish.cause)
    if found.policy != "observe":
        return None
    return f"Policy observe ({found.because}): `tix restart {wish.service}` is left to a person"


GUARDS: dict[Reason, Guard] = {
    "unknown-service": _unknown_service,
    "policy-observe": _observed,
    "tried-before": _tried_before,
    "budget-spent": _budget_spent,
    "cool-down": _cooling_down,
    "did-not-help": _did_not_help,
    "shared-service": _shared_service,
    "maintenance": _maintained,
    "deploy": _deployed,
    "under-way": _under_way,
}


def _about(wish: Wish) -> sa.ColumnElement[bool]:
    mine = action.c.service == wish.service
    return mine if wish.own is None else sa.and_(mine, action.c.id != wish.own)


def _same_cause(wish: Wish) -> sa.ColumnElement[bool]:
    return action.c.cause == wish.cause


def _count(connection: sa.Connection, wish: Wish, *where: sa.ColumnElement[bool]) -> int:
    """How many actions on the service, the wish's own left out."""
    return int(connection.execute(sa.select(sa.func.count()).where(_about(wish), *where)).scalar_one())
