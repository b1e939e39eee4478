"""Which lines are errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tixmaster.stack.linear import DIGIT, WORD, compiled, utf8
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

_BORDER: Final = rf"[^{WORD}]"
_LEVEL: Final = compiled(
    rf"{_BORDER}(?:(ERROR|FATAL|CRITICAL|SEVERE|EMERG(?:ENCY)?|PANIC|CRIT|ALERT|FAILURE)"
    rf"|INFO|DEBUG|WARN(?:ING)?|NOTICE|TRACE|VERBOSE|LOG){_BORDER}"
    rf"|[\x00-\x{{10ffff}}][\[<(](?:[{WORD}]+:)?(?:(error|fatal|critical|crit|alert|emerg|panic|err)"
    r"|info|debug|warn(?:ing)?|notice|trace)[\]>)]"
    rf"|{_BORDER}(?:level|lvl|severity)=\"?(?:(err(?:or)?|fatal|crit(?:ical)?|alert|emerg|d?panic)|[{WORD}]+)"
    rf"|\A\n([IWEF]){DIGIT}{{4}} {DIGIT}{{2}}:"
    rf"|\A\n{DIGIT}{{2}}-{DIGIT}{{2}} [{DIGIT}:.]{{8,12}} +{DIGIT}+ +{DIGIT}+ ([VDIWEF]) "
)
"""With the character before: there is a line end before the text, and one behind it."""
_TROUBLE: Final = compiled(
    r"Traceback \(most recent call last\)|(?:Exception|Error)(?::|\n?\z| at | in )"
    rf"|(?:\A|{_BORDER})(?:panic:|(?:error|fatal) ?:|(?:[Uu]nhandled|[Ss]egmentation fault|fatal error)(?:{_BORDER}|\z)"
    rf"|HTTP/?[{DIGIT}.]* 5{DIGIT}{{2}}(?:{_BORDER}|\z)|status[=: ]+5{DIGIT}{{2}}(?:{_BORDER}|\z))"
    rf'|" 5{DIGIT}{{2}} (?:{DIGIT}|-)',
    groups=False,
)


def is_error(fields: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a line tells of an error. What a line says of itself counts; words of its text only where it says nothing."""
    if fields is not None:
        return _in_fields(fields)
    text = without_colours(text)
    level = level_of_text(text)
    if level is not None and (level or '" 5' not in text):
        return level
    return _TROUBLE.search(utf8(text)) is not None


def level_of_text(text: str) -> bool | None:
    """Whether the level at the beginning of a plain line is that of an error; None where it names none."""
    found = _LEVEL.search(b"\n%b\n" % utf8(text[:HEAD]))
    if found is None:
        return None
    bad, bad_in_brackets, bad_of_key, *letters = found.groups()
    if letter := letters[0] or letters[1]:
        return letter in b"EF"
    return bool(bad or bad_in_brackets or bad_of_key)


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
            if (number := _number(level)) is not None and 0 <= number <= SYSLOG_ERROR:
                return True
            continue
        if isinstance(level, str) and not level.isdigit():
            return level.lower() in BAD_WORDS
        if isinstance(level, int | float | str):
            return (number := _number(level)) is not None and number >= PINO_ERROR
    status = fields.get("status") or fields.get("statusCode")
    if isinstance(status, int):
        return status >= 500
    if any(fields.get(key) for key in ("error", "err", "exception", "stack")):
        return True
    message = fields.get("message") or fields.get("msg") or fields.get("MESSAGE")
    return isinstance(message, str) and is_error(None, message)


def _number(level: object) -> float | None:
    try:
        return float(level) if isinstance(level, int | float | str) else None
    except (ValueError, OverflowError):  # `²` is a digit, too; JSON's numbers have no bounds
        return None
