"""What can be done with one container, whoever found it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.docker import journal
from tixmaster.stack.managers.docker.state import RUNS, grace, state_of
from tixmaster.stack.managers.verbs import ProcessState
from tixmaster.stack.said import joined, said

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

START_SECONDS = 120.0
"""Docker's health check is first asked 30 s after the start unless it says otherwise."""
STAY_SECONDS = 1.0
"""A process that falls at once falls within this, as Supervisor has it."""
POLL_SECONDS = 0.1
LAST_LINES = 5


def state(client: DockerClient, container: Container) -> ProcessState:
    """The container's state as last inspected; of one that ended, the engine's events tell whether it was asked to."""
    attributes: dict[str, Any] = container.attrs
    asked = attributes["State"]["Status"] == "exited" and journal.asked_to_end(client, attributes)
    return state_of(attributes, asked=asked)


def start(client: DockerClient, container: Container) -> ProcessState:
    """Starts it, or lets it go on where it is paused; returns once it stays up, at once where it runs."""
    status = container.attrs["State"]["Status"]
    if status == "running":
        return state_of(container.attrs)
    if status == "paused":
        container.unpause()
    elif status not in RUNS:
        container.start()
    return await_up(client, container)


def stop(container: Container) -> None:
    """Ends it gracefully: its stop signal, then, after its own time limit, SIGKILL."""
    if container.attrs["State"]["Status"] in RUNS:
        container.stop(timeout=grace(container.attrs))


def restart(client: DockerClient, container: Container) -> ProcessState:
    """Ends it as `stop` does and starts it; returns once it stays up."""
    container.restart(timeout=grace(container.attrs))
    return await_up(client, container)


def await_up(client: DockerClient, container: Container) -> ProcessState:
    """Waits until its process has stayed up for a second, or until its health check, if it has one, has an opinion.

    Raises `ManagerError` with the last words of a process that ended, or where the check still has none in the end.
    """
    deadline = time.monotonic() + START_SECONDS
    container.reload()
    first, began = container.attrs["State"].get("StartedAt"), time.monotonic()
    while time.monotonic() < deadline:
        seen = state_of(container.attrs)
        if seen.state != "running" or container.attrs["State"].get("StartedAt") != first:
            detail = state(client, container).detail
            last = "\n".join(logs(container, LAST_LINES))
            fell = said(
                "the container {name} did not stay up: {detail}",
                "容器 {name} 未能持續執行：{detail}",
                name=container.name,
                detail=detail,
            )
            raise ManagerError(joined([fell, last], "\n", "\n") if last else fell)
        if seen.health in ("healthy", "unhealthy"):
            return seen
        if seen.health is None and time.monotonic() - began >= STAY_SECONDS:
            return seen
        time.sleep(POLL_SECONDS)
        container.reload()
    raise ManagerError(
        said(
            "the container {name} runs, but {seconds:g} s after its start its own health check has not passed or failed yet. "
            "`docker inspect {name}` shows what the check says.",
            "容器 {name} 執行中，但啟動 {seconds:g} 秒後其健康檢查仍未通過或失敗。`docker inspect {name}` 可查看檢查的輸出。",
            name=container.name,
            seconds=START_SECONDS,
        )
    )


def logs(container: Container, lines: int, *, stamped: bool = False) -> list[str]:
    """The last lines of its output and errors; `stamped`: each begins with its moment and a space."""
    text = container.logs(tail=lines, timestamps=stamped).decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")][-lines:] if text else []


def merged_logs(containers: Iterable[Container], lines: int) -> list[str]:
    """The last lines of several containers, in the order in which they were printed."""
    stamped = [line for container in containers for line in logs(container, lines, stamped=True)]
    return [line.partition(" ")[2] for line in sorted(stamped)][-lines:]
