"""The box office's process dies, freezes, works itself to death, or floods Prometheus."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.freeze import frozen
from tixmaster.drills.request import fault_on_request
from tixmaster.drills.scene import Scene
from tixmaster.stack.managers import manager_of

GIVES_UP_SECONDS = 20.0
POLL_SECONDS = 0.02


@contextmanager
def _killed_until_given_up(scene: Scene) -> Iterator[None]:
    """Dies again each time it comes back, until Supervisor gives it up."""
    manager = manager_of(scene.config, "backend")
    deadline = time.monotonic() + GIVES_UP_SECONDS
    try:
        while (state := manager.status()).state != "failed":
            if time.monotonic() > deadline:
                raise DrillError(
                    f"Supervisor did not give the backend up within {GIVES_UP_SECONDS:g} s: {state.detail}"
                )
            if state.pid is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    psutil.Process(state.pid).kill()
            time.sleep(POLL_SECONDS)
        yield
    finally:
        manager.start()


INSTANCE_DOWN = Drill(
    name="instance-down",
    title="the backend is killed until Supervisor gives it up",
    title_zh="反覆終止後端，直到 Supervisor 放棄重啟",
    cause="backend-not-running",
    event=_killed_until_given_up,
    remedy="restart backend",
)
BACKEND_HANGS = Drill(
    name="backend-hangs",
    title="the backend's process is frozen (SIGSTOP)",
    title_zh="凍結後端程序（SIGSTOP）",
    cause="backend-hangs",
    event=frozen("backend"),
    remedy="restart backend",
)
CODE_ERROR = Drill(
    name="code-error",
    title="a programmer's mistake makes every order fail",
    title_zh="程式錯誤使所有訂單失敗",
    cause="backend-code-error",
    also=("backend-code-error-after-deploy",),
    event=fault_on_request("bug?route=orders"),
)
SERIES_WITHOUT_END = Drill(
    name="series-without-end",
    title="a metric of the backend gets a label that names each caller",
    title_zh="後端指標多了一個記錄每位呼叫者的標籤",
    cause="series-without-end",
    event=fault_on_request("series?count=12000"),
)
