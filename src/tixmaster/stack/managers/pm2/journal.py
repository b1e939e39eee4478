"""What PM2's own log says about a process: its starts, its ends, and that PM2 gave up."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Final

from tixmaster.stack.managers.pm2.daemon import home
from tixmaster.stack.managers.verbs import Event

LOG_BYTES = 256 * 1024
ENTRY = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d): PM2 (?:log|error|info|warn)?:? ?(?P<text>.*)")
APP = r"App \[(?P<name>[^\]]+):(?P<id>\d+)\] "
MEANINGS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(APP + r"starting in -(?P<how>\w+) mode-"), "starting ({how} mode)"),
    (re.compile(APP + r"online(?P<how>)"), "running"),
    (
        re.compile(APP + r"exited with code \[(?P<how>[^\]]+)\] via signal \[(?P<signal>[^\]]+)\]"),
        "ended: exit code {how}",
    ),
    (re.compile(r"Stopping app:(?P<name>.+) id:(?P<id>\d+)(?P<how>)"), "asked to stop"),
)
GAVE_UP = re.compile(r"Script (?P<script>.+) had too many unstable restarts \((?P<how>\d+)\)")
DEFAULT_SIGNAL = "SIGINT"
"""PM2 writes this one also where the process ended without any."""


def log_file() -> Path:
    """PM2's own log."""
    return Path(os.environ.get("PM2_LOG_FILE_PATH") or home() / "pm2.log")


def events(name: str, scripts: set[str]) -> list[Event]:
    """What the newest part of the log tells of the process (its `scripts` are what it runs), oldest first."""
    try:
        with log_file().open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [event for line in lines if (event := _event(line, name, scripts)) is not None]


def _event(line: str, name: str, scripts: set[str]) -> Event | None:
    entry = ENTRY.fullmatch(line)
    if entry is None:
        return None
    at = datetime.fromisoformat(entry["at"]).astimezone()  # PM2 writes local time
    if (found := GAVE_UP.match(entry["text"])) and found["script"] in scripts:
        return Event(at=at, text=f"given up by PM2 after {found['how']} starts")
    for pattern, meaning in MEANINGS:
        if (found := pattern.match(entry["text"])) and found["name"] == name:
            return Event(at=at, text=meaning.format(how=found["how"]) + _signal(found))
    return None


def _signal(found: re.Match[str]) -> str:
    signal = found.groupdict().get("signal")
    return f", signal {signal}" if signal and signal != DEFAULT_SIGNAL else ""
