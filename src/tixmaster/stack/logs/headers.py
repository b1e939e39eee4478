"""The beginning of a plain line: time, level, host, process, logger. What is left behind it is the message.

Signatures are of messages: who says it on which host at what time would make one trouble many.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_DAY: Final = r"\d{4}[-/.]\d\d[-/.]\d\d"
_CLOCK: Final = r"\d\d[:.]\d\d[:.]\d\d(?:[.,:]\d+)?"
_STAMP: Final = rf"{_DAY}[T ]{_CLOCK}(?: ?(?:Z|UTC|GMT|[A-Z]{{3,4}}(?= )|[+-]\d\d:?\d\d))?"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LEVEL: Final = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|LOG)"
_SYSLOG: Final = rf"{_MONTH} +\d+ {_CLOCK} \S+ "
_TAG: Final = r"(?:[\w./() $@-]{1,80}?(?:\[\d+\])?(?: \([^)]*\))?: +)?"

_LAYOUTS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:<\d+>)?{_SYSLOG}{_TAG}",  # syslog
        rf"{_STAMP} {_LEVEL} +\[.*?\] [\w.$]+: ",  # Log4j as Hadoop writes it
        rf"{_STAMP} - {_LEVEL} +\[.+?\] - ",  # as ZooKeeper does
        rf"\d\d/\d\d/\d\d {_CLOCK} [A-Z]+ \S+: ",  # Spark
        r"\d{6} \d{6} \d+ [A-Z]+ \S+: ",  # HDFS
        r"\S+ \d{10} \d{4}\.\d\d\.\d\d \S+ \d{4}-\d\d-\d\d-[\d.]+ \S+ \S+ \S+ \S+ ",  # BlueGene's RAS events
        rf"\S+ \d{{10}} \d{{4}}\.\d\d\.\d\d \S+ {_SYSLOG}{_TAG}",  # syslog, collected
        r"\d+ \S+ \S+ \S+ \d{10} \d+ ",  # HPC
        rf"{_DAY} {_CLOCK}, \w+ +\w+ +",  # component-based servicing of Windows
        rf"\d\d-\d\d {_CLOCK} +\d+ +\d+ [VDIWEF] [^:]{{1,80}}: ",  # Android
        r"\d{8}-[\d:]+\|[^|]+\|\d+\|",  # HealthApp
        rf"\[\w{{3}} {_MONTH} +\d+ {_CLOCK} \d{{4}}\] \[[^\]]+\] (?:\[pid [^\]]+\] )?",  # Apache
        rf"\[\d\d\.\d\d {_CLOCK}\] [^\]]{{1,60}}? - ",  # Proxifier
        rf"(?:\S+ )?{_STAMP} \d+ {_LEVEL} \S+ \[[^\]]*\] ",  # OpenStack
        rf"{_STAMP} \[\w+\] \d+#\d+: (?:\*\d+ )?",  # nginx
        r"[IWEF]\d{4} [\d:.]+ +\d+ \S+\] ",  # glog, klog
        rf"<\d+>\d {_STAMP} \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) ",  # syslog, RFC 5424
        rf"{_STAMP} \[\d+\](?: \S+@\S+)?:? {_LEVEL}: +",  # PostgreSQL
        rf"{_STAMP} - [\w.]+ - {_LEVEL} - ",  # Python, as everybody writes it
        rf"[\[(]?{_STAMP}[\])]?[ ,:|-]*(?:[\[(<]?{_LEVEL}[\])>]?[ :|-]+)?(?:\[[\w./: $-]{{1,80}}\][ :|-]*)?"
        r"(?:[\w$-]+(?:\.[\w$-]+)+(?::\d+)?(?: -|:|\]) +)?",  # time, level, [thread], logger
        rf"{_LEVEL}:[\w.]+:",  # Python, as it comes
        rf"[\[(<]?{_LEVEL}[\])>]?(?:[ :|-]+{_STAMP})?[ :|-]+",
    )
)
_ACCESS: Final = re.compile(r'\S+ \S+ \S+ \[\d\d/\w{3}/[^\]]+\] "(?P<method>[A-Z]+) (?P<path>[^" ?]*)[^"]*" \d{3}\b')
_AFTER_REQUEST: Final = b'" '


_ANSWERED: Final = {b"2": "ok", b"3": "redirected", b"4": "client error", b"5": "server error"}
"""In words: numbers are masked."""


def status_of(line: bytes) -> bytes:
    """The first digit of an HTTP status, where the line may hold one: the shape of a line does not tell 200 from 500."""
    at = line.find(_AFTER_REQUEST)
    return line[at + 2 : at + 3] if at >= 0 else b""


_START: Final = 26
"""So many characters tell one layout from another."""
_MOST_STARTS: Final = 10_000
_TRIES: Final = 20
"""So often all layouts are tried on lines that begin alike before they are taken to have no header."""


class Headers:
    """Finds where messages begin. It tries first what fitted lines that began alike: a file holds few layouts."""

    def __init__(self) -> None:
        self._fitted: dict[str, re.Pattern[str]] = {}
        self._tried: Counter[str] = Counter()

    def message(self, text: str, status: bytes) -> tuple[str, bool]:
        """The message of a line, and whether there was anything before it. `status` is of `status_of`."""
        start = text[:_START]
        layout = self._fitted.get(start)
        if layout is not None and (found := layout.match(text)):
            return _rest(found, text, status), True
        if layout is None and self._tried[start] >= _TRIES:
            return text, False
        for seen in (self._fitted, self._tried):
            if len(seen) >= _MOST_STARTS:
                seen.clear()
        for layout in (_ACCESS, *_LAYOUTS):
            if found := layout.match(text):
                self._fitted[start] = layout
                return _rest(found, text, status), True
        self._tried[start] += 1
        return text, False


def _rest(found: re.Match[str], text: str, status: bytes) -> str:
    if found.re is not _ACCESS:
        return text[found.end() :]
    return f"{found['method']} {found['path']}: {_ANSWERED.get(status, 'answered')}"
