"""Which policy is in force for an act, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import facts
from tixmaster.stack.config import Config, Policy
from tixmaster.stack.said import Said, said


@dataclass(frozen=True, kw_only=True)
class InForce:
    """A policy, and where it comes from in words."""

    policy: Policy
    because: Said


def in_force(desk: Desk, connection: sa.Connection, incident: dict[str, Any], service: str, cause: str) -> InForce:
    """The drill's policy while its drill is in force, else that of the configuration."""
    drill = facts.drill_in_force(connection, desk.now())
    if drill and drill["name"] == incident["drill"]:
        return InForce(policy=drill["policy"], because=said("the drill {name}", "演練 {name}", name=drill["name"]))
    return configured(desk.config, service, cause, desk.now())


def configured(config: Config, service: str, cause: str, moment: datetime) -> InForce:
    """The first rule of tixmaster.toml that fits, else the general policy."""
    remedy = config.oncall.remedy
    for place, rule in enumerate(remedy.rules, start=1):
        if rule.fits(service, cause, moment):
            return InForce(policy=rule.policy, because=_rule(place))
    return InForce(policy=remedy.policy, because=Said("[oncall.remedy] policy"))


def _rule(place: int) -> Said:
    return said("rule {place} of [[oncall.remedy.rules]]", "[[oncall.remedy.rules]] 第 {place} 條規則", place=place)
