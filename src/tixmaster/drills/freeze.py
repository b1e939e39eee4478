"""A process that is there and does nothing: stopped by a signal, and let go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import psutil

from tixmaster.drills.drill import Event
from tixmaster.drills.errors import DrillError
from tixmaster.drills.scene import Scene
from tixmaster.stack.managers import manager_of


def frozen(service: str) -> Event:
    """All processes of a service stand still, its children first, as on a disk or a machine that no longer answers."""

    def event(scene: Scene) -> AbstractContextManager[None]:
        return _frozen(scene, service)

    return event


@contextmanager
def _frozen(scene: Scene, service: str) -> Iterator[None]:
    state = manager_of(scene.config, service).status()
    if state.pid is None:
        raise DrillError(f"{service} has no process to freeze: {state.detail}. `tix up` starts it.")
    parent = psutil.Process(state.pid)
    processes = [*parent.children(recursive=True), parent]
    try:
        for process in processes:
            process.suspend()
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
