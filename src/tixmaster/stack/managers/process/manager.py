"""The verbs for a process that a person started. It is looked at, never acted on: ending it would end their terminal."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import psutil

from tixmaster.stack import logs as files
from tixmaster.stack import ports
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError, ManagerError
from tixmaster.stack.managers.process import pid_file, whereabouts
from tixmaster.stack.managers.process.whereabouts import Whereabouts
from tixmaster.stack.managers.verbs import NOT_RUNNING, Event, ProcessState, Restarted
from tixmaster.stack.said import Said, joined, said


class PlainProcess:
    """Found by its PID file, else as the process that listens on its port."""

    name = "process"

    def __init__(self, config: Config, service: str) -> None:
        self._config = config
        self._service = service
        self._place = config.service(service)

    def find(self) -> bool:
        return self._whereabouts() is not None

    def status(self) -> ProcessState:
        file = self._pid_file()
        found = self._whereabouts()
        notes: list[Said] = []
        if file and file.stale:
            words = said(
                "the PID file {path} is out of date: {why}",
                "PID 檔案 {path} 已過時：{why}",
                path=file.path,
                why=file.stale,
            )
            notes.append(words)
        if found:
            detail = joined([found.words, *notes])
            return ProcessState(state="running", pid=found.pid, started_at=found.started_at, detail=detail)
        if self._place.port and not ports.free(self._place.host, self._place.port):
            hidden = said(
                "a process that this user may not see listens on port {port}",
                "此使用者無權查看的行程正在監聽連接埠 {port}",
                port=self._place.port,
            )
            return ProcessState(state="running", pid=None, started_at=None, detail=joined([hidden, *notes]))
        detail = joined([NOT_RUNNING, *notes]) if notes else joined([NOT_RUNNING, self._nobody()], ": ", "：")
        return ProcessState(state="exited" if notes else "stopped", pid=None, started_at=None, detail=detail)

    def log_files(self) -> list[Path]:
        """The service's `logs` of tixmaster.toml that exist."""
        return [path for path in map(self._config.path_of, self._place.logs) if path.is_file()]

    def logs(self, lines: int) -> list[str]:
        found = sorted(self.log_files(), key=lambda path: path.stat().st_mtime)
        if not found:
            raise ManagerError(
                said(
                    "{service} prints to the terminal it was started in, and none of its `logs` in tixmaster.toml exists. "
                    "Look there, or start it with `{command} 2>&1 | tee -a FILE` and name FILE in its `logs`.",
                    "{service} 的輸出在啟動它的終端機中，且 tixmaster.toml 中其 `logs` 的檔案皆不存在。請查看該終端機，"
                    "或以 `{command} 2>&1 | tee -a FILE` 啟動，並將 FILE 寫入其 `logs`。",
                    service=self._service,
                    command=self._start_command(),
                )
            )
        return [line for path in found for line in files.tail(path, lines)][-lines:]

    def restart(self) -> Restarted:
        """Always raises `ManagerError`: the commands of SOP 3.4 for the person at the terminal."""
        self._refuse(Said("restart", "重新啟動"), *self._steps_to_stop(), *self._steps_to_start())

    def events(self) -> list[Event]:
        """Its start, and the PID file of one that has ended."""
        file, found = self._pid_file(), self._whereabouts()
        noted = []
        if file and file.stale:
            text = said(
                "PID file written for process {pid}; since then: {why}",
                "PID 檔案記錄行程 {pid}；此後：{why}",
                pid=file.pid,
                why=file.stale,
            )
            noted.append(Event(at=file.written, text=text))
        if found:
            noted.append(
                Event(at=found.started_at, text=said("started as process {pid}", "啟動為行程 {pid}", pid=found.pid))
            )
        return sorted(noted, key=lambda event: event.at)

    def start(self) -> None:
        """Nothing where it runs; otherwise raises `ManagerError` with the command."""
        if self.status().state != "running":
            self._refuse(Said("start", "啟動"), *self._steps_to_start())

    def stop(self) -> None:
        """Nothing where it does not run; otherwise raises `ManagerError` with what to press."""
        if self.status().state == "running":
            self._refuse(Said("stop", "停止"), *self._steps_to_stop())

    def _refuse(self, what: Said, *steps: Said) -> NoReturn:
        """Tells the person at the terminal what to type, where, for this to happen."""
        listed = joined((joined([f"  {number}", step], ". ", ". ") for number, step in enumerate(steps, 1)), "\n", "\n")
        raise ManagerError(
            said(
                "{service} was started by a person, so a person has to {what} it (SOP 3.4): {detail}.\n"
                "{steps}\nOr let PM2, systemd or Docker keep it, and say so in tixmaster.toml.",
                "{service} 由人員手動啟動，須由人員{what}（SOP 3.4）：{detail}。\n"
                "{steps}\n或改由 PM2、systemd 或 Docker 管理，並寫入 tixmaster.toml。",
                service=self._service,
                what=what,
                detail=self.status().detail,
                steps=listed,
            )
        )

    def _steps_to_stop(self) -> list[Said]:
        found = self._whereabouts()
        if found is None:
            return []
        if found.terminal is None:
            return [_run(f"kill {found.pid}")]
        return [
            said(
                "In its terminal ({terminal}) press Ctrl+C; where nobody sits there, run: kill -INT {pid}",
                "於其終端機（{terminal}）按 Ctrl+C；若無人在場，請執行：`kill -INT {pid}`",
                terminal=found.terminal,
                pid=found.pid,
            )
        ]

    def _steps_to_start(self) -> list[Said]:
        found = self._whereabouts()
        folder = [_run(f"cd {found.folder}")] if found and found.folder else []
        return [*folder, _run(self._start_command())]

    def _start_command(self) -> str:
        return whereabouts.start_command(self._place.start, self._whereabouts())

    def _nobody(self) -> Said:
        if self._place.port:
            return said("nobody listens on port {port}", "沒有行程監聽連接埠 {port}", port=self._place.port)
        return said("there is no PID file", "沒有 PID 檔案")

    def _pid_file(self) -> pid_file.PidFile | None:
        if self._place.pid_file is None and not self._place.port:
            raise ConfigError(
                said(
                    'services.{service} has manager = "process" and neither `pid_file` nor `port`: it cannot be found. '
                    "Add one of them to tixmaster.toml.",
                    'services.{service} 設為 manager = "process"，但沒有 `pid_file` 或 `port`，因此找不到它。'
                    "請於 tixmaster.toml 加入其中一項。",
                    service=self._service,
                )
            )
        return (
            pid_file.read(self._config.path_of(self._place.pid_file), self._place.start)
            if self._place.pid_file
            else None
        )

    def _whereabouts(self) -> Whereabouts | None:
        file = self._pid_file()
        process = file.process if file and file.process else listener(self._place.port)
        return whereabouts.locate(process) if process else None


def _run(command: str) -> Said:
    return said("Run: {command}", "執行：{command}", command=command)


def listener(port: int) -> psutil.Process | None:
    """The process that listens on the port: of several that share it (a server and its workers) the first ancestor."""
    pids = {pid for pid, listening in ports.listeners() if listening == port} if port else set()
    for pid in sorted(pids):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if not pids & {parent.pid for parent in process.parents()}:
                return process
    return None
