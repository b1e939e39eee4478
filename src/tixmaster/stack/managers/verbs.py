"""What every service manager can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from tixmaster.stack.said import Said, joined, said, verbatim

State = Literal["running", "starting", "stopped", "exited", "failed", "absent"]
"""`exited` ended by itself and may be restarted; `failed` is given up by the manager; `absent` is not known to it."""
_SPOKEN: Final = {
    "running": "執行中",
    "starting": "啟動中",
    "stopped": "已停止",
    "exited": "已結束",
    "failed": "失敗",
    "absent": "不存在",
    "healthy": "健康",
    "unhealthy": "不健康",
}
NOT_RUNNING: Final = said("not running", "未在執行")
WORST_FIRST: Final[tuple[State, ...]] = ("failed", "exited", "absent", "stopped", "starting", "running")
"""Of several processes of one service the worst one counts: a person must hear of it while the others still answer."""


def spoken(word: str) -> Said:
    """A state, or what a health check says."""
    return Said(word, _SPOKEN.get(word))


def did_not_start(name: str, detail: Said, last: str) -> Said:
    """That a start was in vain, with the last words of what ended."""
    failed = said("{name} did not start: {detail}", "{name} 未能啟動：{detail}", name=name, detail=detail)
    return joined([failed, verbatim(last)], "\n", "\n") if last else failed


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """A service as its manager sees it. `pid` is None where there is no process; `detail` is one line for people."""

    state: State
    pid: int | None
    started_at: datetime | None
    detail: Said
    restarts: int | None = None
    """How often the manager has started it again; None where it does not count."""
    exit_code: int | None = None
    """How the last process ended, where there is none now."""
    oom_killed: bool = False
    """Whether the kernel ended it for want of memory."""
    health: str | None = None
    """What the manager's own health check says, where it has one: `healthy`, `unhealthy`, `starting`."""


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """What a restart did."""

    manager: str
    pid_before: int | None
    pid_after: int | None
    seconds: float

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Said:
        """What it did, in both languages."""
        return said(
            "{manager} replaced {before} by process {after} in {seconds:.1f} s",
            "{manager} 於 {seconds:.1f} 秒內以行程 {after} 取代{before}",
            manager=self.manager,
            before=said("process {pid}", "行程 {pid}", pid=self.pid_before)
            if self.pid_before
            else said("no process", "（原無行程）"),
            after=self.pid_after,
            seconds=self.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something the manager noted about the service."""

    at: datetime
    text: Said


class ServiceManager(Protocol):
    """Raises `UnreachableError` where the manager itself is not installed or does not answer, `ManagerError` where it
    refuses."""

    name: str

    def find(self) -> bool:
        """Whether the manager knows the service."""
        ...

    def status(self) -> ProcessState:
        """Whether there is a process, which, since when."""
        ...

    def logs(self, lines: int) -> list[str]:
        """The last lines of what the process printed."""
        ...

    def restart(self) -> Restarted:
        """Stops the service gracefully if it runs, starts it, and returns once the manager sees it running."""
        ...

    def events(self) -> list[Event]:
        """Starts, exits and restarts that the manager noted, oldest first."""
        ...

    def start(self) -> None:
        """Starts the service; nothing where it runs."""
        ...

    def stop(self) -> None:
        """Stops the service; nothing where it is stopped."""
        ...
