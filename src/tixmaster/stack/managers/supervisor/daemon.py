"""supervisord itself: its configuration from the programs, its start as a daemon, its end."""

from __future__ import annotations

import configparser
import io
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, StackError, UnreachableError
from tixmaster.stack.managers.supervisor.rpc import ALREADY_STARTED, call, socket_path
from tixmaster.stack.programs import Program

START_SECONDS = 10.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.02
START_RETRIES = 2
"""Supervisor gives a program up after so many failed starts in a row, about five seconds; then on-call takes over."""


class DaemonError(StackError):
    """supervisord could not be started or ended."""


def config_path(config: Config) -> Path:
    return config.var / "supervisor" / "supervisord.conf"


def write_config(config: Config, programs: list[Program]) -> None:
    """Writes `var/supervisor/supervisord.conf`. It holds no secret: programs read theirs from files."""
    folder = config_path(config).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket_path(config).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    parser = configparser.RawConfigParser()
    parser["supervisord"] = {
        "logfile": _escaped(folder / "supervisord.log"),
        "pidfile": _escaped(folder / "supervisord.pid"),
        "childlogdir": _escaped(folder),
        "logfile_maxbytes": "5MB",
        "directory": _escaped(config.var),
        "umask": "077",
    }
    if os.geteuid() == 0:
        parser["supervisord"]["user"] = "root"
    parser["unix_http_server"] = {"file": _escaped(socket_path(config)), "chmod": "0600"}
    parser["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for program in programs:
        order = {"priority": str(program.place)}  # Supervisor ends the highest first, one after another
        parser[f"program:tixmaster-{program.service}"] = order | _section(config, program)
    text = io.StringIO()
    parser.write(text)
    config_path(config).write_text(text.getvalue(), encoding="utf-8")


def _section(config: Config, program: Program) -> dict[str, str]:
    service = getattr(config.services, program.service)
    environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in program.environment.items())
    return {
        "command": _escaped(shlex.join(program.command)),
        "environment": environment,
        "autostart": "false",
        "autorestart": "unexpected" if service.autorestart else "false",
        "exitcodes": "0",
        "startsecs": "1",
        "startretries": str(START_RETRIES),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_seconds),
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _escaped(config_path(config).parent / f"{program.service}.log"),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3",
    }


def running(config: Config) -> bool:
    """Whether our supervisord answers and the state folder is the one it was started with.

    The answer alone does not say so: where the path of the state folder is long, the socket is outside it (`socket_path`)
    and stays when the folder is moved or deleted.
    """
    if not config_path(config).exists():
        return False
    try:
        call(config, "getState")
    except UnreachableError:
        return False
    return True


def alive(config: Config) -> list[str]:
    """The names of the programs that have a process; raises `UnreachableError` where supervisord does not run."""
    return [info["name"] for info in call(config, "getAllProcessInfo") if info["pid"]]


def start(config: Config) -> None:
    """Starts supervisord in the background; nothing where it runs."""
    if running(config):
        return
    binary = Path(sys.executable).with_name("supervisord")
    made = subprocess.run(
        [str(binary), "-c", str(config_path(config))], capture_output=True, text=True, timeout=START_SECONDS
    )
    deadline = time.monotonic() + START_SECONDS
    while made.returncode == 0 and time.monotonic() < deadline:
        if running(config):
            return
        time.sleep(POLL_SECONDS)
    said = (made.stderr or made.stdout).strip() or "it did not answer on its socket"
    raise DaemonError(f"supervisord did not start: {said}. Its log: {config_path(config).parent / 'supervisord.log'}")


def start_program(config: Config, service: str) -> bool:
    """Starts a program without waiting for it; returns False where it was running or being started already."""
    try:
        call(config, "startProcess", f"tixmaster-{service}", False)
    except ManagerError as error:
        if error.code != ALREADY_STARTED:
            raise
        return False
    return True


def take_in_changes(config: Config) -> list[str]:
    """Makes supervisord read its configuration; returns the programs that changed and were stopped for it."""
    (added, changed, removed), *_ = call(config, "reloadConfig")
    for name in (*changed, *removed):
        call(config, "stopProcessGroup", name, True)
        call(config, "removeProcessGroup", name)
    for name in (*added, *changed):
        call(config, "addProcessGroup", name)
    return [*changed, *removed]


def stop(config: Config) -> None:
    """Ends all programs and supervisord; returns once it is gone."""
    pid = int(call(config, "getPID"))
    call(config, "shutdown")
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not _alive(pid):
            return
        time.sleep(POLL_SECONDS)
    raise DaemonError(f"supervisord (process {pid}) is still there {STOP_SECONDS:g} s after it was told to end")


def _alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _escaped(value: object) -> str:
    """Supervisor expands `%(…)s`; a percent sign of ours must stay one."""
    return str(value).replace("%", "%%")
