"""What Supervisor's own log says about a program: only there is the signal that ended a process written down."""

from __future__ import annotations

import re
from datetime import datetime

from tixmaster.stack.config import Config
from tixmaster.stack.managers.supervisor.rpc import call
from tixmaster.stack.managers.verbs import Event

LOG_BYTES = 128 * 1024
ENTRY = re.compile(r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) [A-Z]+ (?P<text>.*)")
MEANINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"spawned: '(?P<program>[^']+)' with pid (?P<how>\d+)"), "started as process {how}"),
    (re.compile(r"success: (?P<program>\S+) entered RUNNING state(?P<how>)"), "running"),
    (re.compile(r"exited: (?P<program>\S+) \((?P<how>[^;)]+)"), "ended: {how}"),
    (re.compile(r"stopped: (?P<program>\S+) \((?P<how>[^;)]+)"), "stopped as asked: {how}"),
    (re.compile(r"gave up: (?P<program>\S+) entered FATAL state(?P<how>)"), "given up by Supervisor"),
)


def events(config: Config, program: str) -> list[Event]:
    """Starts and ends of a program that the newest part of the log tells of, oldest first."""
    text: str = call(config, "readLog", -LOG_BYTES, 0)
    return [event for line in text.splitlines() if (event := _event(line, program)) is not None]


def last_end(config: Config, program: str) -> str | None:
    """How the program's last process ended: `ended 03:12:40, terminated by SIGKILL`."""
    ends = [event for event in events(config, program) if event.text.startswith("ended: ")]
    return f"ended {ends[-1].at:%H:%M:%S}, {ends[-1].text.removeprefix('ended: ')}" if ends else None


def _event(line: str, program: str) -> Event | None:
    entry = ENTRY.fullmatch(line)
    if entry is None:
        return None
    for pattern, meaning in MEANINGS:
        found = pattern.match(entry["text"])
        if found and found["program"] == program:
            at = datetime.strptime(entry["at"], "%Y-%m-%d %H:%M:%S,%f").astimezone()  # Supervisor writes local time
            return Event(at=at, text=meaning.format(how=found["how"]))
    return None
