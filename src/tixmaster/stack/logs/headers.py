"""The beginning of a plain line: time, level, host, process, logger. What is left behind it is the message.

Signatures are of messages: who says it on which host at what time would make one trouble many.

This stays on Python's `re`, as RE2 takes four times as long for it, and it is asked of every line. So no layout may read the
same characters in two ways: what could is possessive (`*+`), or ends at a character that is not in its class.
"""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = r"\d{4}[-/.]\d\d[-/.]\d\d"
_CLOCK: Final = r"\d\d[:.]\d\d[:.]\d\d(?:[.,:]\d+)?"
_ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[A-Z]{3,4}(?= )|[+-]\d\d:?\d\d))?"
_TIME: Final = rf"{_DAY}[T ]{_CLOCK}"
_STAMP: Final = _TIME + _ZONE
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LEVEL: Final = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|LOG)"
_SYSLOG: Final = rf"{_MONTH} +\d+ {_CLOCK} \S++ "
_TAG: Final = r"(?:[\w./() $@-]{1,80}?(?:\[\d+\])?(?: \([^)]{0,200}\))?: +)?"
_OPENSTACK: Final = rf" \d+ {_LEVEL} \S+ \[[^\]]*\] "
_USUAL: Final = (
    rf"[\])]?[ ,:|-]*(?:[\[(<]?{_LEVEL}[\])>]?[ :|-]+)?(?:\[[\w./: $-]{{1,80}}\][ :|-]*)?"
    r"(?:[\w$-]++(?:\.[\w$-]++)++(?::\d+)?(?: -|:|\]) +)?"
)
"""Behind the time: level, [thread], logger."""

_AFTER_TIME: Final = (
    rf" {_LEVEL} +\[.*?\] [\w.$]+: ",  # Log4j as Hadoop writes it
    rf" - {_LEVEL} +\[.+?\] - ",  # as ZooKeeper does
    _OPENSTACK,
    r" \[\w+\] \d+#\d+: (?:\*\d+ )?",  # nginx
    rf" \[\d+\](?: \S[^\s@]*+@\S++)?:? {_LEVEL}: +",  # PostgreSQL
    rf" - [\w.]+ - {_LEVEL} - ",  # Python, as everybody writes it
    _USUAL,
)
_REQUEST: Final = r'\S++ \S++ \[\d\d/\w{3}/[^\]]+\] "(?P<method>[A-Z]+) (?P<path>[^" ?]*+)[^"]*+" \d{3}\b'
_COLLECTED: Final = (
    r"\d{10} \d{4}\.\d\d\.\d\d \S++ "
    rf"(?:\d{{4}}-\d\d-\d\d-[\d.]+ \S++ \S++ \S++ \S++ |{_SYSLOG}{_TAG})"  # BlueGene's RAS events, or syslog
)
_LAYOUTS: Final = (
    rf"\S++ (?:{_REQUEST}|{_COLLECTED})",
    rf"(?:<\d+>)?{_SYSLOG}{_TAG}",  # syslog
    rf"\d\d/\d\d/\d\d {_CLOCK} [A-Z]+ \S+: ",  # Spark
    r"\d{6} \d{6} \d+ [A-Z]+ \S+: ",  # HDFS
    r"\d++ \S++ \S++ \S++ \d{10} \d+ ",  # HPC
    rf"{_DAY} {_CLOCK}, \w+ +\w+ +",  # component-based servicing of Windows
    rf"\d\d-\d\d {_CLOCK} +\d+ +\d+ [VDIWEF] [^:]{{1,80}}: ",  # Android
    r"\d{8}-[\d:]+\|[^|]+\|\d+\|",  # HealthApp
    rf"\[\w{{3}} {_MONTH} +\d+ {_CLOCK} \d{{4}}\] \[[^\]]+\] (?:\[pid [^\]]+\] )?",  # Apache
    rf"\[\d\d\.\d\d {_CLOCK}\] [^\]]{{1,60}}? - ",  # Proxifier
    r"[IWEF]\d{4} [\d:.]+ +\d+ \S+\] ",  # glog, klog
    rf"<\d+>\d {_STAMP} \S++ \S++ \S++ \S++ (?:-|\[[^\]]*\]) ",  # syslog, RFC 5424
    rf"\S++ {_STAMP}{_OPENSTACK}",  # OpenStack, behind a file's name
    f"{_TIME}(?:{'|'.join(_ZONE + rest for rest in _AFTER_TIME)})",
    rf"[\[(]{_STAMP}{_USUAL}",
    rf"{_LEVEL}:[\w.]+:",  # Python, as it comes
    rf"[\[(<]?{_LEVEL}[\])>]?(?:[ :|-]+{_STAMP})?[ :|-]+",
)
_HEADER: Final = re.compile("|".join(_LAYOUTS))
"""The first that fits counts, so the usual one stands behind those that know more."""

_AFTER_REQUEST: Final = b'" '
_ANSWERED: Final = {b"2": "ok", b"3": "redirected", b"4": "client error", b"5": "server error"}
"""In words: numbers are masked."""


def status_of(line: bytes) -> bytes:
    """The first digit of an HTTP status, where the line may hold one: the shape of a line does not tell 200 from 500."""
    at = line.find(_AFTER_REQUEST)
    return line[at + 2 : at + 3] if at >= 0 else b""


def message(text: str, status: bytes) -> tuple[str, bool]:
    """The message of a line, and whether there was anything before it. `status` is of `status_of`."""
    found = _HEADER.match(text)
    if found is None:
        return text, False
    if found["method"] is None:
        return text[found.end() :], True
    return f"{found['method']} {found['path']}: {_ANSWERED.get(status, 'answered')}", True
