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
from tixmaster.stack.managers.verbs import Event, ProcessState, Restarted


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
        note = f"; the PID file {file.path} is out of date: {file.stale}" if file and file.stale else ""
        if found:
            return ProcessState(state="running", pid=found.pid, started_at=found.started_at, detail=f"{found}{note}")
        if self._place.port and not ports.free(self._place.host, self._place.port):
            detail = f"a process that this user may not see listens on port {self._place.port}{note}"
            return ProcessState(state="running", pid=None, started_at=None, detail=detail)
        detail = f"not running{note or self._nobody()}"
        return ProcessState(state="exited" if note else "stopped", pid=None, started_at=None, detail=detail)

    def log_files(self) -> list[Path]:
        """The service's `logs` of tixmaster.toml that exist."""
        return [path for path in map(self._config.path_of, self._place.logs) if path.is_file()]

    def logs(self, lines: int) -> list[str]:
        found = sorted(self.log_files(), key=lambda path: path.stat().st_mtime)
        if not found:
            raise ManagerError(
                f"{self._service} prints to the terminal it was started in, and none of its `logs` in tixmaster.toml exists. "
                f"Look there, or start it with `{self._start_command()} 2>&1 | tee -a FILE` and name FILE in its `logs`."
            )
        return [line for path in found for line in files.tail(path, lines)][-lines:]

    def restart(self) -> Restarted:
        """Always raises `ManagerError`: the commands of SOP 3.4 for the person at the terminal."""
        self._refuse("restart", *self._steps_to_stop(), *self._steps_to_start())

    def events(self) -> list[Event]:
        """Its start, and the PID file of one that has ended."""
        file, found = self._pid_file(), self._whereabouts()
        noted = []
        if file and file.stale:
            text = f"PID file written for process {file.pid}; since then: {file.stale}"
            noted.append(Event(at=file.written, text=text))
        if found:
            noted.append(Event(at=found.started_at, text=f"started as process {found.pid}"))
        return sorted(noted, key=lambda event: event.at)

    def start(self) -> None:
        """Nothing where it runs; otherwise raises `ManagerError` with the command."""
        if self.status().state != "running":
            self._refuse("start", *self._steps_to_start())

    def stop(self) -> None:
        """Nothing where it does not run; otherwise raises `ManagerError` with what to press."""
        if self.status().state == "running":
            self._refuse("stop", *self._steps_to_stop())

    def _refuse(self, what: str, *steps: str) -> NoReturn:
        """Tells the person at the terminal what to type, where, for this to happen."""
        listed = "\n".join(f"  {number}. {step}" for number, step in enumerate(steps, 1))
        raise ManagerError(
            f"{self._service} was started by a person, so a person has to {what} it (SOP 3.4): {self.status().detail}.\n"
            f"{listed}\nOr let PM2, systemd or Docker keep it, and say so in tixmaster.toml."
        )

    def _steps_to_stop(self) -> list[str]:
        found = self._whereabouts()
        if found is None:
            return []
        if found.terminal is None:
            return [f"Run: kill {found.pid}"]
        return [f"In its terminal ({found.terminal}) press Ctrl+C; where nobody sits there, run: kill -INT {found.pid}"]

    def _steps_to_start(self) -> list[str]:
        found = self._whereabouts()
        folder = [f"Run: cd {found.folder}"] if found and found.folder else []
        return [*folder, f"Run: {self._start_command()}"]

    def _start_command(self) -> str:
        return whereabouts.start_command(self._place.start, self._whereabouts())

    def _nobody(self) -> str:
        return f": nobody listens on port {self._place.port}" if self._place.port else ": there is no PID file"

    def _pid_file(self) -> pid_file.PidFile | None:
        if self._place.pid_file is None and not self._place.port:
            raise ConfigError(
                f'services.{self._service} has manager = "process" and neither `pid_file` nor `port`: it cannot be found. '
                "Add one of them to tixmaster.toml."
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


def listener(port: int) -> psutil.Process | None:
    """The process that listens on the port: of several that share it (a server and its workers) the first ancestor."""
    pids = {pid for pid, listening in ports.listeners() if listening == port} if port else set()
    for pid in sorted(pids):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if not pids & {parent.pid for parent in process.parents()}:
                return process
    return None
