"""What PM2's own log says about a process: its starts, its ends, and that PM2 gave up."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Final

from tixmaster.stack.managers.pm2.daemon import home
from tixmaster.stack.managers.verbs import Event
from tixmaster.stack.said import Said, joined, said

LOG_BYTES = 256 * 1024
ENTRY = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d): PM2 (?:log|error|info|warn)?:? ?(?P<text>.*)")
APP = r"App \[(?P<name>[^\]]+):(?P<id>\d+)\] "
MEANINGS: Final[tuple[tuple[re.Pattern[str], Said], ...]] = (
    (re.compile(APP + r"starting in -(?P<how>\w+) mode-"), Said("starting ({how} mode)", "啟動中（{how} 模式）")),
    (re.compile(APP + r"online(?P<how>)"), Said("running", "執行中")),
    (
        re.compile(APP + r"exited with code \[(?P<how>[^\]]+)\] via signal \[(?P<signal>[^\]]+)\]"),
        Said("ended: exit code {how}", "結束：結束碼 {how}"),
    ),
    (re.compile(r"Stopping app:(?P<name>.+) id:(?P<id>\d+)(?P<how>)"), Said("asked to stop", "收到停止要求")),
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
        text = said("given up by PM2 after {count} starts", "PM2 於啟動 {count} 次後放棄", count=found["how"])
        return Event(at=at, text=text)
    for pattern, meaning in MEANINGS:
        if (found := pattern.match(entry["text"])) and found["name"] == name:
            return Event(at=at, text=joined([meaning.filled(how=found["how"]), *_signal(found)], ", ", "，"))
    return None


def _signal(found: re.Match[str]) -> list[Said]:
    signal = found.groupdict().get("signal")
    known = signal and signal != DEFAULT_SIGNAL
    return [said("signal {signal}", "訊號 {signal}", signal=signal)] if known else []
