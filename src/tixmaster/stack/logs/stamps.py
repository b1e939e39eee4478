"""When a line was written: the ways in which programs write the time at the beginning of a line or into a JSON field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from math import isfinite
from typing import Any, Final

import msgspec

from tixmaster.stack.linear import utf8

HEAD_BYTES: Final = 96
"""A time that begins later in the line is part of what is said. It also bounds the time that the patterns below take: they
run on `re`, as RE2 has no back-references and takes twice as long for each line."""
STAMP_KEYS: Final = ("timestamp", "time", "@timestamp", "ts", "datetime", "date", "asctime", "eventTime", "t")
NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a line raises that is no JSON, or JSON nested more deeply than anybody writes it."""
_MONTHS: Final = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_MONTH: Final = rb"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK: Final = rb"(?P<h>\d\d)[:.](?P<m>\d\d)[:.](?P<s>\d\d)(?:[.,:](?P<f>\d{1,9}))?"
_ZONE: Final = rb"(?: ?(?P<z>Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?"

_DATED: Final = re.compile(
    rb"(?<!\d)(?:"
    rb"(?P<Y>\d{4})(?P<sep>[-/.])(?P<M>\d\d)(?P=sep)(?P<D>\d\d)[T _-]+" + _CLOCK + _ZONE + rb")"
)
"""ISO 8601 with T or space, nginx's error log, BlueGene's dots: most of the world."""
_OTHERS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"(?<!\d)(?P<D>\d\d)/" + _MONTH + rb"/(?P<Y>\d{4}):" + _CLOCK + _ZONE,  # access logs
        _MONTH
        + rb" +(?P<D>\d\d?) "
        + _CLOCK
        + rb"(?: (?P<Y>\d{4})(?!\d))?",  # Apache's error log; syslog, without year
        rb"(?<!\d)(?P<Y>\d{4})(?P<M>\d\d)(?P<D>\d\d)[T-](?P<h>\d\d):?(?P<m>\d\d):?(?P<s>\d\d)(?:[.,:](?P<f>\d{1,9}))?"
        + _ZONE,
        rb"^(?P<y>\d\d)/(?P<M>\d\d)/(?P<D>\d\d) " + _CLOCK,  # Spark
        rb"^(?P<y>\d\d)(?P<M>\d\d)(?P<D>\d\d) (?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)(?!\d)",  # HDFS
        rb"^(?P<M>\d\d)-(?P<D>\d\d) " + _CLOCK,  # Android
        rb"^[IWEF](?P<M>\d\d)(?P<D>\d\d) " + _CLOCK,  # glog, klog
    )
)
_EPOCH: Final = re.compile(rb"^\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?=[\] \t])")


def moment_of_text(raw: bytes) -> datetime | None:
    """The time at the beginning of a plain line, aware; None where there is none or the line is indented."""
    if raw[:1] in (b" ", b"\t", b""):
        return None
    head = raw[:HEAD_BYTES]
    if found := _DATED.search(head):
        return _made(found)
    for pattern in _OTHERS:
        if found := pattern.search(head):
            return _made(found)
    found = _EPOCH.match(head)
    return moment_of_value(float(found[1])) if found else None


def moment_of(fields: Mapping[str, Any] | None) -> datetime | None:
    """The time of a JSON line, from whichever of the usual fields holds one."""
    for key in STAMP_KEYS:
        value = (fields or {}).get(key)
        if value is not None and (moment := moment_of_value(value)) is not None:
            return moment
    return None


def moment_of_value(value: object) -> datetime | None:
    """A time as text, or as seconds, milli-, micro- or nanoseconds since 1970, whichever its size suggests."""
    if isinstance(value, str):
        try:
            return aware(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            return moment_of_text(utf8(value[:HEAD_BYTES]))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    if not isfinite(seconds):
        return None
    while seconds > 1e11:  # the year 5138 in seconds, 1973 in milliseconds
        seconds /= 1000
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 1e8 else None
    except (OverflowError, ValueError, OSError):
        return None


def aware(moment: datetime) -> datetime:
    """A time without zone is local time."""
    return moment if moment.tzinfo else moment.astimezone()


def _made(found: re.Match[bytes]) -> datetime | None:
    part: Callable[[str], bytes | None] = found.groupdict().get
    month = _MONTHS[name] if (name := part("mon")) else int(part("M") or 0)
    century_year, two_digits = part("Y"), part("y")
    year = int(century_year) if century_year else 2000 + int(two_digits) if two_digits else None
    fraction = (part("f") or b"").ljust(6, b"0")[:6]
    clock = (int(found["h"]), int(found["m"]), min(int(found["s"]), 59), int(fraction or 0))
    try:
        if year is not None:
            return aware(datetime(year, month, int(found["D"]), *clock, tzinfo=_zone(part("z"))))
        return _latest(month, int(found["D"]), clock)
    except (ValueError, OverflowError):  # a 13th month: it only looked like a time; or the year 0 in UTC
        return None


def _latest(month: int, day: int, clock: tuple[int, int, int, int]) -> datetime:
    """Without a year it is the last such day that is not in the future."""
    now = datetime.now().astimezone()
    for year in (now.year, now.year - 1, now.year - 2, now.year - 3):
        try:
            moment = datetime(year, month, day, *clock).astimezone()
        except (ValueError, OverflowError):  # the 29th of February
            continue
        if moment <= now + timedelta(days=1):
            return moment
    raise ValueError("no such day")


def _zone(text: bytes | None) -> tzinfo | None:
    if not text:
        return None
    if text in (b"Z", b"UTC", b"GMT"):
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[:1] == b"-" else offset)


class _Stamped(msgspec.Struct):
    """The usual fields and no others: the rest of a line is skipped, which is what makes it quick."""

    timestamp: str | int | float | None = None
    time: str | int | float | None = None
    at_timestamp: str | int | float | None = msgspec.field(default=None, name="@timestamp")
    ts: str | int | float | None = None


_decode_stamped = msgspec.json.Decoder(_Stamped).decode


def moment_of_raw(raw: bytes) -> datetime | None:
    """The time of a line, JSON or plain."""
    if raw[:1] != b"{":
        return moment_of_text(raw)
    try:
        found = _decode_stamped(raw)
    except NO_JSON:
        return _from_odd_json(raw)
    for value in (found.timestamp, found.time, found.at_timestamp, found.ts):
        if value is not None and (moment := moment_of_value(value)) is not None:
            return moment
    return _from_odd_json(raw)


def _from_odd_json(raw: bytes) -> datetime | None:
    try:
        return moment_of(msgspec.json.decode(raw, type=dict[str, Any]))
    except NO_JSON:
        return None
