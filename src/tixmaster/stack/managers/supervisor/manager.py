"""The verbs over Supervisor."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from tixmaster.stack.config import Config
from tixmaster.stack.managers.supervisor.rpc import ManagerError, call
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted, State

STATES: dict[str, State] = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "starting",
    "STOPPING": "stopped",
    "STOPPED": "stopped",
    "EXITED": "exited",
    "FATAL": "failed",
    "UNKNOWN": "absent",
}
LOG_BYTES = 64 * 1024
START_SECONDS = 30.0
POLL_SECONDS = 0.05


class SupervisorManager:
    """One program of our supervisord."""

    name = "supervisor"

    def __init__(self, config: Config, service: str) -> None:
        self._config = config
        self._program = f"tixmaster-{service}"

    def find(self) -> bool:
        return self._info() is not None

    def status(self) -> ProcessState:
        info = self._info()
        if info is None:
            detail = f"Supervisor has no program {self._program}; `tix up` adds it"
            return ProcessState(state="absent", pid=None, started_at=None, detail=detail)
        pid = int(info["pid"]) or None
        return ProcessState(
            state=STATES[info["statename"]],
            pid=pid,
            started_at=_moment(info["start"]) if pid else None,
            detail=_in_words(info),
        )

    def logs(self, lines: int) -> list[str]:
        text: str = call(self._config, "readProcessStdoutLog", self._program, -LOG_BYTES, 0)
        return text.splitlines()[-lines:]

    def restart(self) -> Restarted:
        began = time.monotonic()
        before = self.status().pid
        self.stop()
        self.start()
        after = self.status().pid
        return Restarted(manager=self.name, pid_before=before, pid_after=after, seconds=time.monotonic() - began)

    def events(self) -> list[Event]:
        info = self._info()
        if info is None:
            return []
        marks = (("start", "started"), ("stop", _end_in_words(info)))
        noted = [Event(at=_moment(info[field]), text=text) for field, text in marks if info[field]]
        return sorted(noted, key=lambda event: event.at)

    def start(self) -> None:
        """Waits until Supervisor has seen the process stay up; raises `ManagerError` with its last words otherwise."""
        if self.status().state not in ("running", "starting"):
            call(self._config, "startProcess", self._program, False)
        deadline = time.monotonic() + START_SECONDS
        while (state := self.status()).state == "starting" and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if state.state != "running":
            last = "\n".join(self.logs(5))
            raise ManagerError(f"{self._program} did not start: {state.detail}\n{last}".rstrip())

    def stop(self) -> None:
        if self.status().state in ("running", "starting"):
            call(self._config, "stopProcess", self._program, True)

    def _info(self) -> dict[str, Any] | None:
        try:
            info: dict[str, Any] = call(self._config, "getProcessInfo", self._program)
        except ManagerError:  # BAD_NAME: not one of its programs
            return None
        return info


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _in_words(info: dict[str, Any]) -> str:
    """`running, process 4711` · `not running; ended 03:12:40 …` · `not running; Supervisor gave up: …`."""
    match info["statename"]:
        case "RUNNING" | "STARTING":
            return f"{info['statename'].lower()}, process {info['pid']}"
        case "FATAL":
            return f"not running; Supervisor gave up after repeated starts: it {_end_in_words(info)}"
        case "BACKOFF" | "EXITED":
            return f"not running; it {_end_in_words(info)}"
        case _:
            return "not running; " + (f"stopped {_clock(info['stop'])}" if info["stop"] else "not started yet")


def _end_in_words(info: dict[str, Any]) -> str:
    """How the process ended. Supervisor gives an exit status, or -1 for a signal; `spawnerr` tells of a failed start."""
    if info["exitstatus"] > 0:
        cause = f"with exit status {info['exitstatus']}"
    elif info["exitstatus"] < 0:
        cause = "by a signal"
    else:
        cause = "right after its start" if "too quickly" in info["spawnerr"] else f"({info['spawnerr'] or 'status 0'})"
    return f"ended {_clock(info['stop'])} {cause}" if info["stop"] else f"ended {cause}"


def _clock(seconds: int) -> str:
    return f"{_moment(seconds).astimezone():%H:%M:%S}"
