"""PID files: which process they name, and whether it still is that one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from tixmaster.stack.errors import ManagerError

CLOCK_ERROR = timedelta(seconds=2)
"""Process start times are counted from a boot time that the system rounds."""
RUNNERS = frozenset(
    ("npm", "npx", "pnpm", "yarn", "bun", "sh", "bash", "zsh", "env", "sudo", "nohup", "make", "just", "poetry", "uv")
)
"""Programs that start another one: the process that stays is not called like them."""


@dataclass(frozen=True, kw_only=True)
class PidFile:
    """What a PID file says. `process` is the one it names, or None with the reason in `stale`."""

    path: Path
    pid: int
    written: datetime
    process: psutil.Process | None
    stale: str | None


def read(path: Path, start: str | None) -> PidFile | None:
    """The file and its process; None where there is no file. `start` is the command that the service is started by.

    Raises `ManagerError` where it may not be read or holds no process id.
    """
    try:
        text = path.read_text(encoding="ascii", errors="replace")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ManagerError(
            f"the PID file {path} cannot be read: {error.strerror}. Give this user the right to."
        ) from error
    first = text.split(None, 1)[:1]
    if not first or not first[0].isdigit() or int(first[0]) == 0:
        raise ManagerError(
            f"{path} holds no process id but {text[:40]!r}. Set `pid_file` in tixmaster.toml to the right file."
        )
    pid = int(first[0])
    process, stale = _process(pid, written, start)
    return PidFile(path=path, pid=pid, written=written, process=process, stale=stale)


def _process(pid: int, written: datetime, start: str | None) -> tuple[psutil.Process | None, str | None]:
    try:
        process = psutil.Process(pid)
        began = datetime.fromtimestamp(process.create_time(), UTC)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None, f"process {pid} has ended"
    except (psutil.Error, OverflowError):
        return None, f"process {pid} has ended"
    if began > written + CLOCK_ERROR:
        return None, f"process {pid} has ended; its number now belongs to another one ({command_of(process)})"
    if start and not _is_started_by(process, start):
        return None, f"process {pid} is not `{start}` but {command_of(process)}"
    return process, None


def _is_started_by(process: psutil.Process, start: str) -> bool:
    """Whether the command line of the process fits; a runner's says nothing, and neither does one we may not see."""
    program = Path(start.split()[0]).name
    try:
        words = process.cmdline()
    except psutil.Error:
        return True
    return program in RUNNERS or not words or any(Path(word).name.startswith(program) for word in words)


def command_of(process: psutil.Process) -> str:
    """The command line, shortened; the bare name where it is not ours to see."""
    try:
        return " ".join(process.cmdline())[:120] or process.name()
    except psutil.Error:
        return "a process of another user"
