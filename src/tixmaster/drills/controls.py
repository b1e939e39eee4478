"""Healthy days that look like trouble: on-call must leave them alone, or say that nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tixmaster.drills.crowd import at_pace
from tixmaster.drills.drill import Drill
from tixmaster.drills.scene import Scene, has_baseline
from tixmaster.drills.traffic import Pace
from tixmaster.stack.managers import manager_of

WATCHED_SECONDS = 25.0
"""Longer than any rule of the drill timing takes to find what these events do to traffic and orders."""


@contextmanager
def _restarted_by_a_person(scene: Scene) -> Iterator[None]:
    manager_of(scene.config, "backend").restart()
    yield


FLASH_CROWD = Drill(
    name="flash-crowd",
    title="four times as many visitors and twice as many buyers come at once",
    title_zh="訪客瞬間增為四倍，購票者增為兩倍",
    cause=None,
    event=at_pace(Pace(visits=60.0, orders=10.0)),
    control=True,
    seconds=WATCHED_SECONDS,
)
PLANNED_RESTART = Drill(
    name="planned-restart",
    title="a person restarts the backend",
    title_zh="有人重新啟動後端",
    cause=None,
    event=_restarted_by_a_person,
    control=True,
    ready=has_baseline,
    seconds=WATCHED_SECONDS,
)
OFF_PEAK = Drill(
    name="off-peak",
    title="the shoppers go to bed: few visitors, few orders, and all of them well",
    title_zh="夜間離峰：訪客與訂單稀少，但皆正常",
    cause="off-peak",
    event=at_pace(Pace(visits=2.0, orders=0.3)),
    control=True,
    ready=has_baseline,
)
