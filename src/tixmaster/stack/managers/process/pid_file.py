"""PID files: which process they name, and whether it still is that one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from tixmaster.stack.errors import ManagerError
from tixmaster.stack.said import Said, said, system, verbatim

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
    stale: Said | None


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
            said(
                "the PID file {path} cannot be read: {why}. Give this user the right to.",
                "無法讀取 PID 檔案 {path}：{why}。請授予此使用者讀取權限。",
                path=path,
                why=system(error.strerror),
            )
        ) from error
    first = text.split(None, 1)[:1]
    if not first or not first[0].isdigit() or int(first[0]) == 0:
        raise ManagerError(
            said(
                "{path} holds no process id but {text!r}. Set `pid_file` in tixmaster.toml to the right file.",
                "{path} 的內容不是行程識別碼，而是 {text!r}。請將 tixmaster.toml 的 `pid_file` 設為正確的檔案。",
                path=path,
                text=text[:40],
            )
        )
    pid = int(first[0])
    process, stale = _process(pid, written, start)
    return PidFile(path=path, pid=pid, written=written, process=process, stale=stale)


def _process(pid: int, written: datetime, start: str | None) -> tuple[psutil.Process | None, Said | None]:
    try:
        process = psutil.Process(pid)
        began = datetime.fromtimestamp(process.create_time(), UTC)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None, _ended(pid)
    except (psutil.Error, OverflowError):
        return None, _ended(pid)
    if began > written + CLOCK_ERROR:
        reused = said(
            "process {pid} has ended; its number now belongs to another one ({command})",
            "行程 {pid} 已結束；該識別碼目前屬於另一個行程（{command}）",
            pid=pid,
            command=command_of(process),
        )
        return None, reused
    if start and not _is_started_by(process, start):
        other = said(
            "process {pid} is not `{start}` but {command}",
            "行程 {pid} 並非 `{start}`，而是 {command}",
            pid=pid,
            start=start,
            command=command_of(process),
        )
        return None, other
    return process, None


def _ended(pid: int) -> Said:
    return said("process {pid} has ended", "行程 {pid} 已結束", pid=pid)


def _is_started_by(process: psutil.Process, start: str) -> bool:
    """Whether the command line of the process fits; a runner's says nothing, and neither does one we may not see."""
    program = Path(start.split()[0]).name
    try:
        words = process.cmdline()
    except psutil.Error:
        return True
    return program in RUNNERS or not words or any(Path(word).name.startswith(program) for word in words)


def command_of(process: psutil.Process) -> Said:
    """The command line, shortened; the bare name where it is not ours to see."""
    try:
        return verbatim(" ".join(process.cmdline())[:120] or process.name())
    except psutil.Error:
        return said("a process of another user", "其他使用者的行程")
