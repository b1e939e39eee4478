"""The log files of services: the last lines, and the lines of a stretch of time with their numbers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from tixmaster.stack.config import Config

CHUNK = 64 * 1024
BLOCK = 1024 * 1024
DISORDER = timedelta(seconds=1)
"""How far lines may stand out of the order of their times: threads stamp a line before they queue it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a log file: its number from 1, its text, and its fields where it is JSON."""

    number: int
    text: str
    fields: dict[str, Any] | None

    @property
    def at(self) -> datetime | None:
        """When it was written, where it says so."""
        return moment_of(self.fields)


def files(config: Config, service: str) -> list[Path]:
    """The log files of a service that exist: its own where it has them, else what its process printed."""
    own = [config.var / service / "logs" / name for name in ("combined.log", "error.log")]
    return [path for path in own if path.is_file()] or [
        path for path in [config.var / "supervisor" / f"{service}.log"] if path.is_file()
    ]


def error_log(config: Config, service: str) -> Path:
    """Where a service writes its errors; the file need not exist."""
    own = config.var / service / "logs" / "error.log"
    return own if own.parent.is_dir() else config.var / "supervisor" / f"{service}.log"


def tail(path: Path, count: int) -> list[str]:
    """The last `count` lines, read from the end of the file."""
    with path.open("rb") as file:
        position = file.seek(0, 2)
        block = b""
        while position > 0 and block.count(b"\n") <= count:
            step = min(CHUNK, position)
            position -= step
            file.seek(position)
            block = file.read(step) + block
    return [line.decode("utf-8", "replace") for line in deque(block.splitlines(), maxlen=count)]


def window(path: Path, since: datetime, until: datetime) -> Iterator[Line]:
    """The lines written from `since` to `until`. A line without a time of its own belongs to the one before it.

    The beginning is found by bisection, because lines stand in the order of their times; only `DISORDER` is allowed for.
    """
    with path.open("rb") as file:
        start = _bisect(file, since - DISORDER)
        moment: datetime | None = None
        for number, raw in enumerate(_lines_from(file, start), start=_lines_before(file, start) + 1):
            fields = fields_of(raw)
            moment = moment_of(fields) or moment
            if moment is not None and moment > until + DISORDER:
                return
            if moment is not None and since <= moment <= until:
                yield Line(number=number, text=raw.decode("utf-8", "replace").rstrip("\r\n"), fields=fields)


def _bisect(file: BinaryIO, wanted: datetime) -> int:
    """Where the first line begins that was written at `wanted` or later."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        _, moment = _timed_line(file, middle)
        if moment is None or moment >= wanted:
            high = middle
        else:
            low = middle + 1
    return _timed_line(file, low)[0]


def _timed_line(file: BinaryIO, position: int) -> tuple[int, datetime | None]:
    """The first line with a time that begins at `position` or later: where, and its time; the end of the file and None."""
    file.seek(max(position - 1, 0))
    if position:
        file.readline()
    while raw := file.readline():
        if moment := moment_of(fields_of(raw)):
            return file.tell() - len(raw), moment
    return file.tell(), None


def _lines_from(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    yield from file


def _lines_before(file: BinaryIO, end: int) -> int:
    file.seek(0)
    count, left = 0, end
    while left > 0 and (block := file.read(min(BLOCK, left))):
        count += block.count(b"\n")
        left -= len(block)
    return count


def fields_of(raw: bytes) -> dict[str, Any] | None:
    """The fields of a JSON line; None for any other."""
    if not raw.startswith(b"{"):
        return None
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def moment_of(fields: dict[str, Any] | None) -> datetime | None:
    """The `timestamp` of a line's fields."""
    stamp = (fields or {}).get("timestamp")
    if not isinstance(stamp, str):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
