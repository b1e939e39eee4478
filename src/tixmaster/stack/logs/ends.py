"""The last lines of a log file, and those that are still to come, through rotation and truncation."""

from __future__ import annotations

import codecs
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tixmaster.stack.logs import reading
from tixmaster.stack.logs.line import Raw, text_of
from tixmaster.stack.logs.rotation import rotated

CHUNK: Final = 64 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024
"""So far from the end of a file its last lines are looked for; what has fewer line ends than that is no log."""
FOLLOW_SECONDS: Final = 0.2


def tail(path: Path, count: int) -> list[str]:
    """The last `count` lines, from the older files too where the newest has not so many, as text to show.

    Raises `LogFileError`, or `NoLogFileError` where there is no such file.
    """
    found: list[str] = []
    for one in reversed(rotated(path) or [path]):
        missing = count - len(found)
        if missing <= 0:
            break
        found[:0] = [text_of(raw.data) for raw in last_lines(one, missing)]
    return found


def last_lines(path: Path, count: int) -> list[Raw]:
    """The last `count` lines of one file, read from its end where it is neither compressed nor UTF-16."""
    if count <= 0:
        return []
    with reading.opened(path) as file:
        if reading.is_compressed(path) or reading.encoding_of(file):
            return list(deque(reading.lines(path), maxlen=count))
        position = size = file.seek(0, os.SEEK_END)
        ends, blocks = 0, 0
        # One more line end than lines: the last one closes the file.
        while position > 0 and ends <= count and blocks < MOST_BYTES:
            step = min(CHUNK, position)
            position -= step
            file.seek(position)
            ends += file.read(step).count(b"\n")
            blocks += step
        lines = deque(reading.plain_lines(file, position, 1 if position == 0 else None), maxlen=count)
        return [raw for raw in lines if raw.offset < size]


def follow(path: Path, stop: threading.Event | None = None, *, from_start: bool = False) -> Iterator[str]:
    """Each line that is appended from now on (or from the beginning), until `stop`.

    When the file is rotated away (another inode) its rest is read and the new one begun; when it is truncated, it is read
    from its beginning. A file that is not there yet is waited for. A line is given once it is ended, or the file is left.
    The call itself opens the file: `now` is the moment of the call, not of the first look at what it returns.
    """
    followed = _Followed(path, from_start=from_start) if path.exists() else None
    return _more(path, followed, stop or threading.Event())


def _more(path: Path, followed: _Followed | None, over: threading.Event) -> Iterator[str]:
    try:
        while True:
            if followed is None and path.exists():
                followed = _Followed(path, from_start=True)
            if followed is not None and (lines := followed.more()) is not None:
                yield from lines
                continue
            if followed is not None and followed.is_replaced():
                yield from followed.leave()
                followed = None
                continue
            if over.wait(FOLLOW_SECONDS):
                return
    finally:
        if followed is not None:
            followed.leave()


class _Followed:
    """A file that is open, and how far it was read."""

    def __init__(self, path: Path, *, from_start: bool) -> None:
        self._path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise reading.explained(path, error) from error
        self._rest = ""
        self._begin()
        if not from_start:
            self._file.seek(0, os.SEEK_END)

    def more(self) -> list[str] | None:
        """The lines that were ended since; None when there is nothing new."""
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._begin()  # truncated
        block = self._file.read(CHUNK)
        if not block:
            return None
        *whole, self._rest = (self._rest + self._decoder.decode(block)).split("\n")
        if len(self._rest) > reading.LONGEST_BYTES:  # one endless line
            whole, self._rest = [*whole, self._rest], ""
        return [text_of(line.encode("utf-8", "replace")) for line in whole]

    def is_replaced(self) -> bool:
        """Whether another file stands at the path now; while there is none, rotation is under way."""
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def leave(self) -> list[str]:
        """Closes the file; what is left of its last line."""
        self._file.close()
        return [text_of(self._rest.encode("utf-8", "replace"))] if self._rest else []

    def _begin(self) -> None:
        encoding = reading.encoding_of(self._file)
        self._file.seek(2 if encoding else 0)
        self._decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")("replace")
        self._rest = ""
