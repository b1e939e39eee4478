"""Faults that the box office puts into itself when asked (`/api/fault/…`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress

import httpx

from tixmaster.drills.drill import Drill, Event
from tixmaster.drills.errors import DrillError
from tixmaster.drills.scene import Scene
from tixmaster.stack import secrets
from tixmaster.stack.config import CONFIG_NAME, Config
from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.said import said, system

SECONDS = 5.0
SETTING = "fault_endpoints = true"
TOKEN_HEADER = "X-Fault-Token"  # noqa: S105 - the header's name


def fault_on_request(fault: str) -> Event:
    """The fault `/api/fault/FAULT`, until all faults are cleared."""

    def event(scene: Scene) -> AbstractContextManager[None]:
        return _on(scene.config, fault)

    return event


@contextmanager
def _on(config: Config, fault: str) -> Iterator[None]:
    ask(config, "POST", f"/api/fault/{fault}")
    try:
        yield
    finally:
        ask(config, "DELETE", "/api/fault")


def check_endpoints(config: Config, drills: Sequence[Drill]) -> None:
    """Raises where one of the drills needs the fault endpoints and the backend would refuse: before the first one begins.

    `ConfigError` where the file says so, `DrillError` where the running backend was started before the file said otherwise.
    """
    if not (needing := [drill.name for drill in drills if drill.needs_fault_endpoints]):
        return
    if not config.fault_endpoints:
        raise ConfigError(
            said(
                "These drills need the backend's fault endpoints, which are disabled: {drills}.\n"
                "Set `{line}` in {file}, run `tix up`, and retry. `tix drill list` shows which drills run without it.",
                "下列演練需要後端的故障注入端點，但端點目前已停用：{drills}。\n"
                "請在 {file} 設定 `{line}`，執行 `tix up` 後再試一次。`tix drill list` 會列出不需要此設定的演練。",
                drills=", ".join(needing),
                line=SETTING,
                file=config.path or CONFIG_NAME,
            )
        )
    with suppress(UnreachableError):  # a backend that does not answer is not healthy, which is checked next
        ask(config, "GET", "/api/slow?delay=0")


def ask(config: Config, method: str, path: str) -> None:
    """Asks for a fault, or for its end; raises `DrillError` where the backend takes no faults."""
    token = secrets.read(config, "fault-token")
    try:
        answer = httpx.request(
            method, config.url("backend", path), headers={TOKEN_HEADER: token}, timeout=SECONDS, trust_env=False
        )
    except httpx.HTTPError as error:
        raise UnreachableError(
            said(
                "the backend does not answer {method} {path}: {why}",
                "後端沒有回應 {method} {path}：{why}",
                method=method,
                path=path,
                why=system(str(error) or type(error).__name__),
            )
        ) from error
    if answer.is_error:
        raise DrillError(
            f"the backend refuses {method} {path} ({answer.status_code} {answer.text[:200]}). "
            f"Set `{SETTING}` in {config.path or CONFIG_NAME} and run `tix up`; "
            "`tix logs backend` says why a request was refused (`refused`)."
        )
