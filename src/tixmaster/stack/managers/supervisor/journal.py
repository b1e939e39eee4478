"""What Supervisor's own log says about a program: only there is the signal that ended a process written down."""

from __future__ import annotations

import re
from datetime import datetime

from tixmaster.stack.config import Config
from tixmaster.stack.managers.supervisor.rpc import call
from tixmaster.stack.managers.verbs import Event
from tixmaster.stack.said import Said, said, verbatim

LOG_BYTES = 128 * 1024
ENTRY = re.compile(r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) [A-Z]+ (?P<text>.*)")
MEANINGS: tuple[tuple[re.Pattern[str], Said], ...] = (
    (
        re.compile(r"spawned: '(?P<program>[^']+)' with pid (?P<how>\d+)"),
        Said("started as process {how}", "啟動為行程 {how}"),
    ),
    (re.compile(r"success: (?P<program>\S+) entered RUNNING state(?P<how>)"), Said("running", "執行中")),
    (re.compile(r"exited: (?P<program>\S+) \((?P<how>[^;)]+)"), Said("ended: {how}", "結束：{how}")),
    (re.compile(r"stopped: (?P<program>\S+) \((?P<how>[^;)]+)"), Said("stopped as asked: {how}", "依要求停止：{how}")),
    (
        re.compile(r"gave up: (?P<program>\S+) entered FATAL state(?P<how>)"),
        Said("given up by Supervisor", "Supervisor 放棄重新啟動"),
    ),
)
HOW = re.compile(r"exit status (?P<code>\d+)|terminated by (?P<signal>\w+)")


def events(config: Config, program: str) -> list[Event]:
    """Starts and ends of a program that the newest part of the log tells of, oldest first."""
    text: str = call(config, "readLog", -LOG_BYTES, 0)
    return [event for line in text.splitlines() if (event := _event(line, program)) is not None]


def last_end(config: Config, program: str) -> Said | None:
    """How the program's last process ended: `ended 03:12:40, terminated by SIGKILL`."""
    ends = [event for event in events(config, program) if event.text.startswith("ended: ")]
    if not ends:
        return None
    how = _end_in_words(ends[-1].text.removeprefix("ended: "))
    return said("ended {at:%H:%M:%S}, {how}", "{at:%H:%M:%S} 結束，{how}", at=ends[-1].at, how=how)


def _end_in_words(how: str) -> Said:
    """Supervisor's own words for the end of a process."""
    found = HOW.match(how)
    if found is None:
        return verbatim(how)
    if found["code"]:
        return (
            said("exit status {code}", "結束碼 {code}", code=found["code"])
            if found.end() == len(how)
            else verbatim(how)
        )
    return Said(how, f"遭 {found['signal']} 終止")


def _event(line: str, program: str) -> Event | None:
    entry = ENTRY.fullmatch(line)
    if entry is None:
        return None
    for pattern, meaning in MEANINGS:
        found = pattern.match(entry["text"])
        if found and found["program"] == program:
            at = datetime.strptime(entry["at"], "%Y-%m-%d %H:%M:%S,%f").astimezone()  # Supervisor writes local time
            return Event(at=at, text=meaning.filled(how=_end_in_words(found["how"])))
    return None
