"""Which lines are errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tixmaster.stack.logs.colours import without_colours

LEVEL_KEYS: Final = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "PRIORITY")
BAD_WORDS: Final = frozenset(
    {"err", "error", "fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "severe", "failure"}
)
PINO_ERROR: Final = 50
"""pino's and bunyan's numbers: 30 info, 40 warn, 50 error, 60 fatal."""
SYSLOG_ERROR: Final = 3
"""journald's: 0 emergency to 3 error, 4 warning to 7 debug."""
HEAD: Final = 240

_LEVEL: Final = re.compile(
    r"\b(?:(?P<bad>ERROR|FATAL|CRITICAL|SEVERE|EMERG(?:ENCY)?|PANIC|CRIT|ALERT|FAILURE)"
    r"|(?P<fine>INFO|DEBUG|WARN(?:ING)?|NOTICE|TRACE|VERBOSE|LOG))\b"
    r"|[\[<(](?:\w+:)?(?:(?P<bad2>error|fatal|critical|crit|alert|emerg|panic|err)"
    r"|(?P<fine2>info|debug|warn(?:ing)?|notice|trace))[\]>)]"
    r"|\b(?:level|lvl|severity)=\"?(?:(?P<bad3>err(?:or)?|fatal|crit(?:ical)?|alert|emerg|d?panic)|(?P<fine3>\w+))"
    r"|^(?P<glog>[IWEF])\d{4} \d\d:"
    r"|^\d\d-\d\d [\d:.]{8,12} +\d+ +\d+ (?P<logcat>[VDIWEF]) "
)
_TROUBLE: Final = re.compile(
    r"Traceback \(most recent call last\)|\b\w*(?:Exception|Error)\b(?::|$| at | in )|\bpanic:|\b(?:error|fatal)\b ?:"
    r"|\b[Uu]nhandled\b|\b[Ss]egmentation fault\b|\bfatal error\b"
    r'|" 5\d\d (?:\d|-)|\bHTTP/?[\d.]* 5\d\d\b|\bstatus[=: ]+5\d\d\b'
)


def is_error(fields: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a line tells of an error. What a line says of itself counts; words of its text only where it says nothing."""
    if fields is not None:
        return _in_fields(fields)
    text = without_colours(text)
    level = level_of_text(text)
    if level is not None and (level or '" 5' not in text):
        return level
    return _TROUBLE.search(text) is not None


def level_of_text(text: str) -> bool | None:
    """Whether the level at the beginning of a plain line is that of an error; None where it names none."""
    found = _LEVEL.search(text, 0, HEAD)
    if found is None:
        return None
    letter = found["glog"] or found["logcat"]
    if letter:
        return letter in "EF"
    return bool(found["bad"] or found["bad2"] or found["bad3"])


def has_level(fields: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a line says what level it is of."""
    return level_of_text(text) is not None if fields is None else any(key in fields for key in LEVEL_KEYS)


def level_of(fields: Mapping[str, Any]) -> object:
    """What a JSON line says its level is, as it says it."""
    return next((fields[key] for key in LEVEL_KEYS if fields.get(key) is not None), None)


def _in_fields(fields: Mapping[str, Any]) -> bool:
    for key in LEVEL_KEYS:
        level = fields.get(key)
        if level is None:
            continue
        if key == "PRIORITY":  # journald's own guess is `info` for whatever a service prints
            if str(level).isdigit() and int(level) <= SYSLOG_ERROR:
                return True
            continue
        if isinstance(level, str) and not level.isdigit():
            return level.lower() in BAD_WORDS
        if isinstance(level, int | float | str):
            return float(level) >= PINO_ERROR
    status = fields.get("status") or fields.get("statusCode")
    if isinstance(status, int):
        return status >= 500
    if any(fields.get(key) for key in ("error", "err", "exception", "stack")):
        return True
    message = fields.get("message") or fields.get("msg") or fields.get("MESSAGE")
    return isinstance(message, str) and is_error(None, message)
