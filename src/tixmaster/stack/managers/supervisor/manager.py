"""The verbs over Supervisor."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from typing import Any

import psutil

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.supervisor import journal
from tixmaster.stack.managers.supervisor.rpc import NOT_RUNNING, call
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted, State, did_not_start, spoken
from tixmaster.stack.said import Said, said, system

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
ORPHAN_SECONDS = 1.0
"""How long children may outlive their parent."""


class SupervisorManager:
    """One program of our supervisord."""

    name = "supervisor"

    def __init__(self, config: Config, service: str) -> None:
        self._config = config
        self._program = config.full_name(service)

    def find(self) -> bool:
        return self._info() is not None

    def status(self) -> ProcessState:
        info = self._info()
        if info is None:
            detail = said(
                "Supervisor has no program {name}; `tix up` adds it",
                "Supervisor 沒有程式 {name}；`tix up` 會將其加入",
                name=self._program,
            )
            return ProcessState(state="absent", pid=None, started_at=None, detail=detail)
        pid = int(info["pid"]) or None
        return ProcessState(
            state=STATES[info["statename"]],
            pid=pid,
            started_at=_moment(info["start"]) if pid else None,
            detail=self._in_words(info),
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
        return journal.events(self._config, self._program)

    def start(self) -> None:
        """Waits until Supervisor has seen the process stay up; raises `ManagerError` with its last words otherwise."""
        if self.status().state not in ("running", "starting"):
            call(self._config, "startProcess", self._program, False)
        deadline = time.monotonic() + START_SECONDS
        while (state := self.status()).state == "starting" and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if state.state != "running":
            last = "\n".join(self.logs(5))
            raise ManagerError(did_not_start(self._program, state.detail, last))

    def stop(self) -> None:
        """Waits until the process and its children are gone, also where somebody else has asked it to stop already."""
        children = _children(self.status().pid)
        if self.status().state in ("running", "starting"):
            try:
                call(self._config, "stopProcess", self._program, True)
            except ManagerError as error:
                if error.code != NOT_RUNNING:  # it ended by itself between the two calls
                    raise
        deadline = time.monotonic() + START_SECONDS
        while self.status().pid is not None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        _end(children)

    def _info(self) -> dict[str, Any] | None:
        try:
            info: dict[str, Any] = call(self._config, "getProcessInfo", self._program)
        except ManagerError:  # BAD_NAME: not one of its programs
            return None
        return info

    def _in_words(self, info: dict[str, Any]) -> Said:
        """`running, process 4711` · `not running; ended 03:12:40, terminated by SIGKILL`."""
        match info["statename"]:
            case "RUNNING" | "STARTING":
                state = spoken(STATES[info["statename"]])
                return said("{state}, process {pid}", "{state}，行程 {pid}", state=state, pid=info["pid"])
            case "FATAL":
                return said(
                    "not running; {end}, again after each start, so Supervisor gave up",
                    "未在執行；{end}，每次啟動皆如此，Supervisor 已放棄重新啟動",
                    end=self._end(info),
                )
            case "BACKOFF" | "EXITED":
                return said("not running; {end}", "未在執行；{end}", end=self._end(info))
            case _ if info["stop"]:
                at = _moment(info["stop"]).astimezone()
                return said("not running; stopped {at:%H:%M:%S}", "未在執行；{at:%H:%M:%S} 停止", at=at)
            case _:
                return said("not running; not started yet", "未在執行；尚未啟動")

    def _end(self, info: dict[str, Any]) -> Said:
        failed = said("could not be started: {why}", "無法啟動：{why}", why=system(info["spawnerr"]))
        return journal.last_end(self._config, self._program) or failed


def _children(pid: int | None) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True) if pid else []
    except psutil.Error:
        return []


def _end(children: list[psutil.Process]) -> None:
    """Kills those that outlive their parent: PostgreSQL's hold its shared memory, and no new server starts beside them.
    A parent that hung and was killed could not end them, and they are in sessions of their own."""
    _, left = psutil.wait_procs(children, timeout=ORPHAN_SECONDS)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=ORPHAN_SECONDS)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
