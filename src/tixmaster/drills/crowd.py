"""The shoppers at another pace for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tixmaster.drills.drill import Event
from tixmaster.drills.scene import Scene
from tixmaster.drills.traffic import Pace


def at_pace(pace: Pace) -> Event:
    """They come at this pace until it is over, and then as before."""

    def event(scene: Scene) -> AbstractContextManager[None]:
        return _at_pace(scene, pace)

    return event


@contextmanager
def _at_pace(scene: Scene, pace: Pace) -> Iterator[None]:
    before, scene.traffic.pace = scene.traffic.pace, pace
    try:
        yield
    finally:
        scene.traffic.pace = before
