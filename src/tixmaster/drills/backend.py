"""The box office's process dies, freezes, runs out of memory, floods Prometheus, or is replaced by a broken release."""

from __future__ import annotations

import contextlib
import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psutil

from tixmaster import __version__
from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.freeze import frozen
from tixmaster.drills.request import fault_on_request
from tixmaster.drills.scene import Scene
from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import programs

GIVES_UP_SECONDS = 20.0
POLL_SECONDS = 0.02
BAD_RELEASE = {"BOXOFFICE_RELEASE": "drill", "BOXOFFICE_BROKEN_ROUTES": "orders"}
HEALTHY_SECONDS = 60.0


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


@contextmanager
def _bad_release(scene: Scene) -> Iterator[None]:
    """A release whose orders fail goes out, announced as people announce it; a second deploy brings the former one back."""
    config = scene.config
    if config.services.backend.manager != "supervisor":
        raise DrillError("this drill deploys through Supervisor, and another manager keeps the backend.")
    boxoffice = msgspec.structs.replace(config.boxoffice, environment=config.boxoffice.environment | BAD_RELEASE)
    try:
        _deploy(scene, msgspec.structs.replace(config, boxoffice=boxoffice), BAD_RELEASE["BOXOFFICE_RELEASE"])
        yield
    finally:
        _deploy(scene, config, config.boxoffice.environment.get("BOXOFFICE_RELEASE", __version__))


def _deploy(scene: Scene, config: Config, version: str) -> None:
    """Replaces the backend by the one that the configuration describes; `tix up` does the same for the file's own."""
    scene.oncall.begin_deploy("backend", version, by=getpass.getuser())
    try:
        daemon.write_config(config, programs(config))
        daemon.take_in_changes(config)
        manager_of(config, "backend").start()
        if not (found := health.wait(config, "backend", HEALTHY_SECONDS)).healthy:
            raise DrillError(f"the release {version} is not healthy: {found.detail}. `tix up` brings yours back.")
    finally:
        scene.oncall.end_deploy("backend")


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
    needs_fault_endpoints=True,
)
MEMORY_LEAK = Drill(
    name="memory-leak",
    title="every order keeps some memory, until the process gets no more",
    title_zh="每筆訂單都占住一些記憶體，直到程序再也要不到記憶體",
    cause="backend-out-of-memory",
    event=fault_on_request("memory-leak?route=orders"),
    needs_fault_endpoints=True,
    remedy="restart backend",
)
BAD_DEPLOY = Drill(
    name="bad-deploy",
    title="a release is deployed in which every order fails",
    title_zh="部署了一個會讓所有訂單失敗的版本",
    cause="backend-code-error-after-deploy",
    event=_bad_release,
    needs_fault_endpoints=True,
)
SERIES_WITHOUT_END = Drill(
    name="series-without-end",
    title="a metric of the backend gets a label that names each caller",
    title_zh="後端指標多了一個記錄每位呼叫者的標籤",
    cause="series-without-end",
    event=fault_on_request("series?count=12000"),
    needs_fault_endpoints=True,
)
