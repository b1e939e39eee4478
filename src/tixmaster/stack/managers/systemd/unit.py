"""A unit as `systemctl show` describes it, and what that means.

Properties: systemd's D-Bus interface (org.freedesktop.systemd1), read as text. Times are taken from the monotonic ones,
because the others come in the words of the machine's language and time zone before systemd 247.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tixmaster.stack.managers.verbs import ProcessState, State

PROPERTIES: Final = (
    "Id,LoadState,LoadError,ActiveState,SubState,MainPID,ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic,"
    "ExecMainCode,ExecMainStatus,NRestarts,Result,UnitFileState"
)
STATES: Final[dict[str, State]] = {
    "active": "running",
    "reloading": "running",
    "refreshing": "running",
    "activating": "starting",
    "deactivating": "stopped",
    "inactive": "stopped",
    "maintenance": "stopped",
    "failed": "failed",
}
UNUSABLE: Final = {
    "not-found": "systemd has no such unit; `systemctl list-units --type=service` shows those it has",
    "masked": "the unit is masked: it cannot be started; `systemctl unmask` allows it again",
    "bad-setting": "its unit file has a setting that systemd refuses; `systemd-analyze verify` says which",
    "error": "its unit file cannot be read; `systemctl status` says why",
}
RESULTS: Final = {
    "oom-kill": "the kernel ended it for want of memory",
    "start-limit-hit": "it was started too often in too short a time, so systemd gave up",
    "timeout": "it took too long to start or to stop",
    "watchdog": "it did not report to its watchdog in time",
    "core-dump": "it crashed and dumped core",
    "protocol": "it did not start the way its unit says",
    "resources": "systemd could not give it what it needs",
    "exec-condition": "a condition of its unit does not hold",
}
EXITED, KILLED, DUMPED = 1, 2, 3
"""ExecMainCode: how the process ended (`si_code` of waitid(2))."""
SIGNALLED = 128
"""Shells call the end by signal n exit code 128 + n; so do we."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The properties of one unit."""

    name: str
    properties: dict[str, str]

    @property
    def found(self) -> bool:
        """Whether systemd knows the unit and can use it."""
        return self.properties.get("LoadState") == "loaded"

    def state(self) -> ProcessState:
        """The unit's state in the words of every manager."""
        load = self.properties.get("LoadState", "not-found")
        if load != "loaded" and not self._number("MainPID"):  # what is masked or gone may still run
            why = UNUSABLE.get(load, f"systemd says {load} of it")
            state: State = "absent" if load == "not-found" else "failed"
            return ProcessState(state=state, pid=None, started_at=None, detail=f"{self.name}: {why}")
        pid = self._number("MainPID") or None
        return ProcessState(
            state=self._state(),
            pid=pid,
            started_at=self._moment("ExecMainStartTimestampMonotonic") if pid else None,
            detail=self._in_words(pid),
            restarts=self._number("NRestarts"),
            exit_code=None if pid else self._exit_code(),
            oom_killed=self.properties.get("Result") == "oom-kill",
        )

    def _state(self) -> State:
        active, sub = self.properties.get("ActiveState", ""), self.properties.get("SubState")
        if active == "active" and sub == "exited":  # a oneshot that is done counts as active
            return "exited"
        return STATES.get(active, "absent")

    def _in_words(self, pid: int | None) -> str:
        """`active (running), process 4711` · `failed (failed); killed by SIGKILL; the kernel ended it for want of memory`."""
        active, result = self.properties.get("ActiveState", "unknown"), self.properties.get("Result", "success")
        words = f"{active} ({self.properties.get('SubState', 'unknown')})"
        if pid:
            return f"{words}, process {pid}"
        ended = self._moment("ExecMainExitTimestampMonotonic")
        said = [words]
        if ended and self._exit_code() is not None:
            said.append(f"ended {ended.astimezone():%H:%M:%S}, {self._end()}")
        if result in RESULTS:
            said.append(RESULTS[result])
        return "; ".join(said)

    def _end(self) -> str:
        code, status = self._number("ExecMainCode"), self._number("ExecMainStatus") or 0
        if code == EXITED:
            return f"exit code {status}"
        return f"killed by {_signal(status)}"

    def _exit_code(self) -> int | None:
        status = self._number("ExecMainStatus")
        if status is None:
            return None
        return {EXITED: status, KILLED: SIGNALLED + status, DUMPED: SIGNALLED + status}.get(
            self._number("ExecMainCode") or 0
        )

    def _number(self, key: str) -> int | None:
        """Absent in older versions, empty or `[not set]` where there is none."""
        value = self.properties.get(key, "")
        return int(value) if value.isdigit() else None

    def _moment(self, key: str) -> datetime | None:
        """Microseconds since the machine started; 0: never."""
        since_boot = self._number(key)
        if not since_boot:
            return None
        return datetime.now(UTC) - timedelta(seconds=time.monotonic() - since_boot / 1e6)


def parse(name: str, text: str) -> Unit:
    """Reads `Key=value` lines; a value may hold `=` itself."""
    pairs = ((key, value) for key, equals, value in (line.partition("=") for line in text.splitlines()) if equals)
    return Unit(name=name, properties=dict(pairs))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
