"""What speaks against a drill just now: settings of a system that serves people, and trouble that is real."""

from __future__ import annotations

from typing import Literal

from tixmaster.console.drills.start import Exercise
from tixmaster.console.lookout import Lookout
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import search

Objection = Literal["fault-endpoints", "observe", "on-sale", "maintenance", "incident", "alerts"]


def objections(desk: Desk, lookout: Lookout, exercise: Exercise | None = None) -> list[Objection]:
    """Those against any drill, and against this one; none means that it may begin."""
    config, now = desk.config, desk.now()
    with desk.database.read() as connection:
        incidents = search.count(connection, search.Filter(state="current"))
    plans, alarms = lookout.plans.look().answer, lookout.alarms.seen
    held: dict[Objection, bool] = {
        "fault-endpoints": exercise is not None and exercise.needs_fault_endpoints and not config.fault_endpoints,
        "observe": config.oncall.remedy.policy == "observe",
        "on-sale": bool(config.planned("on-sale", now)),
        "maintenance": plans is not None and any(one.begins_at <= now for one in plans.windows),
        "incident": incidents > 0,
        "alerts": alarms.problem is not None or (alarms.answer is not None and bool(alarms.answer.ringing)),
    }
    return [name for name, holds in held.items() if holds]
