"""A stretch of time of a log. In a plain file its beginning and end are found by bisection, however large the file is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from tixmaster.stack.logs import reading
from tixmaster.stack.logs.line import Line, Raw, entries
from tixmaster.stack.logs.rotation import rotated
from tixmaster.stack.logs.stamps import moment_of_raw

DISORDER: Final = timedelta(seconds=1)
"""How far lines may stand out of the order of their times: threads stamp a line before they queue it."""
BLOCK: Final = 1024 * 1024
COUNTED_BYTES: Final = 32 * 1024 * 1024
"""How far into a file lines are counted to number them; it costs 10 ms."""
LONGEST_SEARCH: Final = 8 * 1024 * 1024
"""A file whose first lines, so many bytes of them, give no time is one without times."""
LINE_BYTES: Final = 64 * 1024
"""Enough of a line to see when it was written."""


def window(path: Path, since: datetime, until: datetime) -> Iterator[Line]:
    """The entries written from `since` to `until` in the log and what rotation left of it, oldest first.

    A log that is not there has none; raises `LogFileError` where it cannot be read.
    """
    for one in rotated(path):
        if _last_changed(one) >= since - DISORDER:
            yield from _of_file(one, since, until)


def _of_file(path: Path, since: datetime, until: datetime) -> Iterator[Line]:
    for line in entries(_near(path, since - DISORDER, until + DISORDER), path.name):
        if line.at is not None and since <= line.at <= until:
            yield line


def _near(path: Path, since: datetime, until: datetime) -> Iterator[Raw]:
    """The lines of that time, and perhaps some around them."""
    with reading.opened(path) as file:
        if reading.is_compressed(path) or reading.encoding_of(file):
            yield from reading.lines(path)
            return
        size = file.seek(0, os.SEEK_END)
        if _timed_line(file, 0, LONGEST_SEARCH)[1] is None:
            return
        start = _bisect(file, 0, size, since)
        end = _bisect(file, start, size, until + timedelta(microseconds=1))
        number = _lines_before(file, start) + 1 if start <= COUNTED_BYTES else None
        for raw in reading.plain_lines(file, start, number):
            if raw.offset >= end:
                return
            yield raw


def _bisect(file: BinaryIO, low: int, high: int, wanted: datetime) -> int:
    """Where the first line begins that was written at `wanted` or later, between the two offsets."""
    size = high
    while low < high:
        middle = (low + high) // 2
        position, moment = _timed_line(file, middle)
        if moment is None or moment >= wanted:
            high = middle
        else:
            low = max(middle + 1, position + 1)
    return min(_timed_line(file, low)[0], size)


def _timed_line(file: BinaryIO, position: int, most: int | None = None) -> tuple[int, datetime | None]:
    """The first line with a time that begins at `position` or later: where, and its time; the end of the file and None.

    With `most`, gives up after so many bytes.
    """
    file.seek(max(position - 1, 0))
    at = file.tell()
    if position:
        at += _pass_over(file)
    began = at
    while raw := file.readline(LINE_BYTES):
        length = len(raw) if raw.endswith(b"\n") else len(raw) + _pass_over(file)
        if moment := moment_of_raw(raw) or _in_cut_json(raw, length):
            return at, moment
        at += length
        if most is not None and at - began > most:
            break
    return at, None


def _pass_over(file: BinaryIO) -> int:
    """Reads to the end of the line; how many bytes that were."""
    length = 0
    while part := file.readline(BLOCK):
        length += len(part)
        if part.endswith(b"\n"):
            break
    return length


def _in_cut_json(raw: bytes, length: int) -> datetime | None:
    """The time at the beginning of a JSON line too long to be read whole."""
    if length == len(raw) or raw[:1] != b"{":
        return None
    head = raw[:200]
    for mark in (b'"timestamp":"', b'"time":"', b'"@timestamp":"', b'"ts":"'):
        if (begins := head.find(mark)) >= 0:
            return moment_of_raw(head[begins + len(mark) :])
    return None


def _lines_before(file: BinaryIO, end: int) -> int:
    file.seek(0)
    count, left = 0, end
    while left > 0 and (block := file.read(min(BLOCK, left))):
        count += block.count(b"\n")
        left -= len(block)
    return count


def _last_changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.min.replace(tzinfo=UTC)
