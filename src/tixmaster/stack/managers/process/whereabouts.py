"""Where a process runs: its command, its user, its terminal, its folder. What may not be seen is left out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tixmaster.stack.managers.process.pid_file import command_of
from tixmaster.stack.said import Said, said, verbatim

SOP_START = "npm run dev"
"""SOP 3.4: how a backend is started by hand."""


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """A process as the person who started it would recognise it."""

    pid: int
    command: Said
    started_at: datetime
    user: str | None
    terminal: str | None
    folder: Path | None

    @property
    def words(self) -> Said:
        """`process 4711 (node server.js) of deploy on /dev/pts/3 in /srv/shop, running since 03:12:40`."""
        nothing = verbatim("")
        return said(
            "process {pid} ({command}){of}{on}{within}, running since {since:%Y-%m-%d %H:%M:%S}",
            "行程 {pid}（{command}）{of}{on}{within}，自 {since:%Y-%m-%d %H:%M:%S} 起執行",
            pid=self.pid,
            command=self.command,
            of=said(" of {user}", "，使用者 {user}", user=self.user) if self.user else nothing,
            on=said(" on {terminal}", "，終端機 {terminal}", terminal=self.terminal)
            if self.terminal
            else said(" without a terminal", "，無終端機"),
            within=said(" in {folder}", "，目錄 {folder}", folder=self.folder) if self.folder else nothing,
            since=self.started_at.astimezone(),
        )


def locate(process: psutil.Process) -> Whereabouts | None:
    """Where the process runs; None where it has ended meanwhile."""
    try:
        began = datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.Error:
        return None
    return Whereabouts(
        pid=process.pid,
        command=command_of(process),
        started_at=began,
        user=_ask(process, "username"),
        terminal=_ask(process, "terminal"),
        folder=Path(folder) if (folder := _ask(process, "cwd")) else None,
    )


def start_command(configured: str | None, place: Whereabouts | None) -> str:
    """The command that starts the service again: the configured one, else `npm run dev` where there is one, else its own."""
    if configured:
        return configured
    if place is None or place.folder is None or _has_dev_script(place.folder):
        return SOP_START
    return place.command


def _has_dev_script(folder: Path) -> bool:
    try:
        package = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and "dev" in (package.get("scripts") or {})


def _ask(process: psutil.Process, what: str) -> str | None:
    """An answer of psutil; None where it is refused, or (the terminal, on Windows) not a thing."""
    try:
        answer: str | None = getattr(process, what)()
    except (psutil.Error, AttributeError, KeyError):
        return None
    return answer
