"""The verbs over PM2. A process of PM2 may be several instances (cluster mode); they are looked at together."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from tixmaster.stack import logs as files
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers.pm2 import daemon, journal
from tixmaster.stack.managers.verbs import WORST_FIRST, Event, ProcessState, Restarted, State, did_not_start
from tixmaster.stack.said import Said, joined, said

STATES: Final[dict[str, State]] = {
    "online": "running",
    "launching": "starting",
    "waiting restart": "starting",
    "one-launch-status": "starting",
    "stopping": "stopped",
    "stopped": "stopped",
    "errored": "failed",
}
START_SECONDS = 30.0
STAY_SECONDS = 1.0
"""A process that falls at once falls within this, as Supervisor has it."""
POLL_SECONDS = 0.2
"""Each question starts a Node."""


class Pm2Manager:
    """All instances of one name in this user's PM2."""

    name = "pm2"

    def __init__(self, config: Config, service: str) -> None:
        self._process = config.full_name(service)

    def find(self) -> bool:
        return bool(self._instances())

    def status(self) -> ProcessState:
        listed = daemon.ask()
        instances = [item for item in listed if item.get("name") == self._process]
        return summary(instances) if instances else self._absent(listed)

    def log_files(self) -> list[Path]:
        """The files that PM2 writes the process's output and errors to: each instance's output, then its errors."""
        settings = [item["pm2_env"] for item in self._instances()]
        named = [item.get(key) for item in settings for key in ("pm_out_log_path", "pm_err_log_path")]
        return [path for path in map(Path, dict.fromkeys(filter(None, named))) if path.is_file()]

    def logs(self, lines: int) -> list[str]:
        """The last lines of each log file, the one written to last at the end."""
        found = sorted(self.log_files(), key=lambda path: path.stat().st_mtime)
        return [line for path in found for line in files.tail(path, lines)][-lines:]

    def restart(self) -> Restarted:
        began = time.monotonic()
        before = self._known().pid
        daemon.act("restart", self._process)
        after = self._await_running().pid
        return Restarted(manager=self.name, pid_before=before, pid_after=after, seconds=time.monotonic() - began)

    def events(self) -> list[Event]:
        scripts = {str(item["pm2_env"].get("pm_exec_path")) for item in self._instances()}
        return journal.events(self._process, scripts)

    def start(self) -> None:
        """Waits until PM2 calls every instance online; raises `ManagerError` with its last words otherwise."""
        if self._known().state not in ("running", "starting"):
            daemon.act("start", self._process)
        self._await_running()

    def stop(self) -> None:
        """Returns when every instance is gone."""
        if self._known().state != "stopped":
            daemon.act("stop", self._process)

    def _instances(self) -> list[dict[str, Any]]:
        return [item for item in daemon.ask() if item.get("name") == self._process]

    def _known(self) -> ProcessState:
        """Its state; raises `ManagerError` where PM2 has none of that name. Nothing else is handed to `pm2 restart`, to
        which `all` means all."""
        state = self.status()
        if state.state == "absent":
            raise ManagerError(state.detail)
        return state

    def _await_running(self) -> ProcessState:
        """PM2 says online as soon as there is a process; here each has to stay for a moment besides."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            instances = self._instances()
            state = summary(instances) if instances else self._absent([])
            if state.state == "running" and _stay([int(item["pid"]) for item in instances]):
                return state
            if state.state not in ("running", "starting"):
                break
            time.sleep(POLL_SECONDS)
        last = "\n".join(self.logs(5))
        raise ManagerError(did_not_start(self._process, state.detail, last))

    def _absent(self, listed: list[dict[str, Any]]) -> ProcessState:
        names = ", ".join(sorted({str(item.get("name")) for item in listed}))
        detail = said(
            "PM2 (PM2_HOME {home}) has no process {name}; it has: {others}. "
            "`pm2 start … --name {name}` adds it, or set `name` in tixmaster.toml",
            "PM2（PM2_HOME {home}）沒有行程 {name}；現有：{others}。"
            "`pm2 start … --name {name}` 可將其加入，或於 tixmaster.toml 設定 `name`",
            home=daemon.home(),
            name=self._process,
            others=names or said("none", "無"),
        )
        return ProcessState(state="absent", pid=None, started_at=None, detail=detail)


def summary(instances: list[dict[str, Any]]) -> ProcessState:
    """The state of a process with all its instances: the worst state, the oldest start, the sum of restarts."""
    state = min(map(_state, instances), key=WORST_FIRST.index)
    running = [item for item in instances if item.get("pid") and _state(item) in ("running", "starting")]
    began = min((item["pm2_env"].get("pm_uptime") or 0 for item in running), default=0)
    codes = [item["pm2_env"].get("exit_code") for item in instances if _state(item) == state]
    return ProcessState(
        state=state,
        pid=int(running[0]["pid"]) if running else None,
        started_at=datetime.fromtimestamp(began / 1000, UTC) if began else None,
        detail=_in_words(instances, state),
        restarts=sum(int(item["pm2_env"].get("restart_time") or 0) for item in instances),
        exit_code=codes[0] if state in ("failed", "exited", "stopped") and isinstance(codes[0], int) else None,
    )


def _stay(pids: list[int]) -> bool:
    """Whether all of the processes are there and none ends within `STAY_SECONDS`."""
    try:
        ended, _ = psutil.wait_procs([psutil.Process(pid) for pid in pids], timeout=STAY_SECONDS)
    except psutil.NoSuchProcess:
        return False
    return not ended


def _state(instance: dict[str, Any]) -> State:
    """PM2 calls `stopped` also what ended by itself and is not to be started again."""
    settings = instance["pm2_env"]
    state = STATES.get(str(settings.get("status")), "absent")
    by_itself = settings.get("autorestart") is False and settings.get("exit_code")
    return "exited" if state == "stopped" and by_itself else state


def _in_words(instances: list[dict[str, Any]], state: State) -> Said:
    """`online, process 4711` · `1 of 2 instances online, 1 errored; exit code 1, PM2 gave up after 15 restarts`."""
    words = Counter(str(item["pm2_env"].get("status")) for item in instances)
    worst = next(item for item in instances if _state(item) == state)
    if len(instances) > 1:
        online = said(
            "{online} of {all} instances online",
            "{all} 個實例中 {online} 個 online",
            online=words["online"],
            all=len(instances),
        )
        rest = [f"{count} {word}" for word, count in sorted(words.items()) if word != "online"]
        how = joined([online, *rest], ", ", "，")
    else:
        process = [said("process {pid}", "行程 {pid}", pid=worst["pid"])] if worst.get("pid") else []
        how = joined([*words, *process], ", ", "，")
    code, restarts = worst["pm2_env"].get("exit_code"), worst["pm2_env"].get("restart_time")
    if state == "failed":
        return said(
            "{how}; exit code {code}, PM2 gave up after {count} restarts",
            "{how}；結束碼 {code}，PM2 於重新啟動 {count} 次後放棄",
            how=how,
            code=code,
            count=restarts,
        )
    return said("{how}; exit code {code}", "{how}；結束碼 {code}", how=how, code=code) if state == "exited" else how
