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
from tixmaster.stack.said import Said, joined, said, verbatim

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
    "not-found": Said(
        "systemd has no such unit; `systemctl list-units --type=service` shows those it has",
        "systemd 沒有此單元；`systemctl list-units --type=service` 可列出現有單元",
    ),
    "masked": Said(
        "the unit is masked: it cannot be started; `systemctl unmask` allows it again",
        "此單元已遮罩（masked），無法啟動；`systemctl unmask` 可解除",
    ),
    "bad-setting": Said(
        "its unit file has a setting that systemd refuses; `systemd-analyze verify` says which",
        "單元檔案中有 systemd 不接受的設定；`systemd-analyze verify` 可找出",
    ),
    "error": Said(
        "its unit file cannot be read; `systemctl status` says why", "無法讀取單元檔案；`systemctl status` 可查看原因"
    ),
}
RESULTS: Final = {
    "oom-kill": Said("the kernel ended it for want of memory", "因記憶體不足遭核心終止"),
    "start-limit-hit": Said(
        "it was started too often in too short a time, so systemd gave up", "短時間內啟動次數過多，systemd 已放棄"
    ),
    "timeout": Said("it took too long to start or to stop", "啟動或停止逾時"),
    "watchdog": Said("it did not report to its watchdog in time", "未及時回報 watchdog"),
    "core-dump": Said("it crashed and dumped core", "當機並產生核心傾印"),
    "protocol": Said("it did not start the way its unit says", "未依單元設定的方式啟動"),
    "resources": Said("systemd could not give it what it needs", "systemd 無法提供所需資源"),
    "exec-condition": Said("a condition of its unit does not hold", "單元的條件不成立"),
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
            why = UNUSABLE.get(load) or said("systemd says {load} of it", "systemd 回報 {load}", load=load)
            state: State = "absent" if load == "not-found" else "failed"
            return ProcessState(state=state, pid=None, started_at=None, detail=joined([self.name, why], ": ", "："))
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

    def _in_words(self, pid: int | None) -> Said:
        """`active (running), process 4711` · `failed (failed); killed by SIGKILL; the kernel ended it for want of memory`."""
        active, result = self.properties.get("ActiveState", "unknown"), self.properties.get("Result", "success")
        words = f"{active} ({self.properties.get('SubState', 'unknown')})"
        if pid:
            return said("{words}, process {pid}", "{words}，行程 {pid}", words=words, pid=pid)
        ended = self._moment("ExecMainExitTimestampMonotonic")
        parts = [verbatim(words)]
        if ended and self._exit_code() is not None:
            at = ended.astimezone()
            parts.append(said("ended {at:%H:%M:%S}, {how}", "{at:%H:%M:%S} 結束，{how}", at=at, how=self._end()))
        if result in RESULTS:
            parts.append(RESULTS[result])
        return joined(parts)

    def _end(self) -> Said:
        code, status = self._number("ExecMainCode"), self._number("ExecMainStatus") or 0
        if code == EXITED:
            return said("exit code {code}", "結束碼 {code}", code=status)
        return said("killed by {signal}", "遭 {signal} 終止", signal=_signal(status))

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
