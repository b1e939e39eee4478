"""Faults that the box office puts into itself when asked (`/api/fault/…`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx

from tixmaster.drills.drill import Event
from tixmaster.drills.errors import DrillError
from tixmaster.drills.scene import Scene
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.said import said, system

SECONDS = 5.0


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


def ask(config: Config, method: str, path: str) -> None:
    """Asks for a fault, or for its end; raises `DrillError` where the backend takes no faults."""
    try:
        answer = httpx.request(method, config.url("backend", path), timeout=SECONDS, trust_env=False)
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
            f"the backend refuses {method} {path} ({answer.status_code} {answer.text[:200]}): "
            "set fault_endpoints = true in tixmaster.toml and run `tix up`"
        )
