"""The guards: reasons not to act, each with its word. All are asked when an act is proposed, and again right before it.

To add one, write a function and put it into the list. A drill plays in a system of its own and is over in a minute, so what
counts over hours does not hold it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall import maintenance
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.remedy import policy
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.schema import action
from tixmaster.stack.said import Said, said

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
    text: Said


Guard = Callable[[Desk, sa.Connection, Wish], Said | None]


def check(desk: Desk, connection: sa.Connection, wish: Wish) -> Refusal | None:
    """The first guard that objects; None where the act may go on."""
    for reason, guard in GUARDS.items():
        if text := guard(desk, connection, wish):
            return Refusal(reason=reason, text=text)
    return None


def _unknown_service(desk: Desk, _connection: sa.Connection, wish: Wish) -> Said | None:
    if wish.service in desk.config.service_names:
        return None
    return said(
        "{service} is not a service of tixmaster.toml; restart it by hand",
        "{service} 並非 tixmaster.toml 中的服務；請手動重新啟動",
        service=wish.service,
    )


def _tried_before(_desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    """For this incident, whatever became of it, in an earlier investigation."""
    earlier = _count(
        connection, wish, action.c.incident == wish.incident["number"], action.c.run != wish.run, _same_cause(wish)
    )
    if not earlier:
        return None
    return said(
        "{service} was restarted for this cause before and it did not last: a person must look",
        "先前已因此原因重新啟動 {service}，但未能持續：需要人員查看",
        service=wish.service,
    )


def _budget_spent(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    budget = desk.config.oncall.remedy.budget
    others = action.c.incident != wish.incident["number"]
    used = _lately(desk, connection, wish, action.c.started_at, timedelta(minutes=budget.minutes), others)
    if wish.in_drill or used < budget.restarts:
        return None
    return said(
        "Budget spent: {service} was restarted {used} times in {minutes} min; a person must look",
        "額度用盡：{service} 於 {minutes} 分鐘內已重新啟動 {used} 次；需要人員查看",
        service=wish.service,
        used=used,
        minutes=budget.minutes,
    )


def _cooling_down(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    minutes = desk.config.oncall.remedy.cool_down_minutes
    others = (action.c.incident != wish.incident["number"], action.c.state.in_(ACTED))
    if wish.in_drill or not _lately(desk, connection, wish, action.c.finished_at, timedelta(minutes=minutes), *others):
        return None
    return said(
        "Cool-down: {service} was restarted within the last {minutes:g} min for another incident",
        "冷卻中：{service} 於最近 {minutes:g} 分鐘內已因其他事件重新啟動",
        service=wish.service,
        minutes=minutes,
    )


def _did_not_help(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    """The same act for the same cause was the last to fail: once more would be hope."""
    newest = (
        sa.select(action.c.state, action.c.started_at)
        .where(_about(wish), _same_cause(wish), action.c.started_at.is_not(None))
        .where(action.c.state.in_(("done", "failed")))
        .order_by(action.c.id.desc())
        .limit(1)
    )
    last = None if wish.in_drill else connection.execute(newest).first()
    hours = timedelta(hours=desk.config.oncall.remedy.shared_hours)
    if last is None or last.state != "failed" or desk.age(last.started_at) > hours:
        return None
    return said(
        "The last restart of {service} for this cause did not help: a person must look",
        "上次因此原因重新啟動 {service} 未見效：需要人員查看",
        service=wish.service,
    )


def _shared_service(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    """What others need, a database above all, is restarted once for one cause."""
    hours = desk.config.oncall.remedy.shared_hours
    shared = any(wish.service in desk.config.needs(name) for name in desk.config.service_names)
    if wish.in_drill or not shared:
        return None
    if not _lately(desk, connection, wish, action.c.started_at, timedelta(hours=hours), _same_cause(wish)):
        return None
    return said(
        "Other services need {service}, and it was restarted for this cause within the last {hours:g} h: a person must look",
        "其他服務需要 {service}，且最近 {hours:g} 小時內已因此原因重新啟動：需要人員查看",
        service=wish.service,
        hours=hours,
    )


def _maintained(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    window = maintenance.covering(desk, connection, wish.service)
    if window is None:
        return None
    return said(
        "Maintenance is on: {title}, until {ends:%H:%M} UTC",
        "維護中：{title}，至 {ends:%H:%M} UTC",
        title=window.title,
        ends=window.ends_at,
    )


def _deployed(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    """On the service itself or on one that it needs."""
    for service in (wish.service, *sorted(desk.config.needs(wish.service))):
        deploy = facts.deploy_under_way(connection, service, desk.age, desk.config.oncall.remedy.deploy_minutes)
        if deploy:
            return said(
                "A deploy of {service} is under way, begun by {by} (`tix deploy end {service}`)",
                "{service} 部署中，由 {by} 開始（`tix deploy end {service}`）",
                service=service,
                by=deploy["by"],
            )
    return None


def _under_way(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    """Another act on the service, on one that it needs, or on one that needs it: the figures would prove nothing.

    One that was approved long ago and never ended is a fault of ours, and no reason to do nothing for ever.
    """
    near = {wish.service} | desk.config.needs(wish.service)
    near |= {name for name in desk.config.service_names if wish.service in desk.config.needs(name)}
    longest = timedelta(minutes=desk.config.oncall.remedy.expire_minutes)
    running = (action.c.state == "running", action.c.service.in_(sorted(near)))
    query = sa.select(action.c.command, action.c.decided_at).where(*running)
    others = connection.execute(query.where(action.c.id != wish.own) if wish.own else query)
    other = next((row.command for row in others if desk.age(row.decided_at) <= longest), None)
    return (
        said("Another remedy is under way: {command}", "另一項處置進行中：{command}", command=other) if other else None
    )


def _observed(desk: Desk, connection: sa.Connection, wish: Wish) -> Said | None:
    found = policy.in_force(desk, connection, wish.incident, wish.service, wish.cause)
    if found.policy != "observe":
        return None
    return said(
        "Policy observe ({rule}): `tix restart {service}` is left to a person",
        "政策為僅觀察（{rule}）：`tix restart {service}` 交由人員處理",
        rule=found.because,
        service=wish.service,
    )


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


def _lately(
    desk: Desk,
    connection: sa.Connection,
    wish: Wish,
    at: sa.Column[datetime],
    within: timedelta,
    *where: sa.ColumnElement[bool],
) -> int:
    """How many of them were `within` so long before now."""
    moments = connection.execute(sa.select(at).where(_about(wish), at.is_not(None), *where)).scalars()
    return sum(desk.age(moment) <= within for moment in moments)
