"""Where log entries come from: what every source can be asked, and files as one of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from tixmaster.stack.logs import reading, rotation
from tixmaster.stack.logs.ends import MOST_BYTES, follow, last_lines
from tixmaster.stack.logs.line import Line, entries
from tixmaster.stack.logs.within import window

MOST_ENTRIES: Final = 200_000
"""So many entries back errors are looked for among the others."""


class Source(Protocol):
    """A place with log entries. Raises `UnreachableError` where it does not answer or may not be read."""

    @property
    def name(self) -> str:
        """What people see: a file's path, `docker tixmaster-backend`."""
        ...

    def last(self, count: int) -> list[Line]:
        """The newest entries, oldest first."""
        ...

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        """The entries of a stretch of time, oldest first."""
        ...

    def follow(self, stop: threading.Event) -> Iterator[str]:
        """Each line that comes from now on, until `stop`."""
        ...


@dataclass(frozen=True)
class FileSource:
    """A log file with what rotation left of it."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def last(self, count: int) -> list[Line]:
        found: list[Line] = []
        for one in reversed(rotation.rotated(self.path) or [self.path]):
            if len(found) >= count:
                break
            found[:0] = self._last_of(one, count - len(found))
        return found

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        if not rotation.rotated(self.path):
            with reading.opened(self.path):  # says what is in the way
                pass
        return window(self.path, since, until)

    def follow(self, stop: threading.Event) -> Iterator[str]:
        return follow(self.path, stop)

    def _last_of(self, path: Path, count: int) -> list[Line]:
        """Entries can have several lines, so more lines are read until there are enough entries."""
        lines = count + 1
        while True:
            raw = last_lines(path, lines)
            found = list(entries(raw, path.name))
            if len(found) > count or len(raw) < lines or not raw or lines > MOST_BYTES:
                return found[-count:]
            lines *= 4


@dataclass(frozen=True)
class ErrorsOf:
    """Only those entries of a source that tell of errors."""

    source: Source

    @property
    def name(self) -> str:
        return f"{self.source.name} (errors)"

    def last(self, count: int) -> list[Line]:
        wanted = count * 4
        while True:
            found = self.source.last(wanted)
            errors = [line for line in found if line.is_error]
            if len(errors) >= count or len(found) < wanted or wanted > MOST_ENTRIES:
                return errors[-count:] if count else []
            wanted *= 8

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        return (line for line in self.source.window(since, until) if line.is_error)

    def follow(self, stop: threading.Event) -> Iterator[str]:
        return errors_of_lines(self.source.follow(stop))


def errors_of_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines of errors, each with the indented ones that follow it."""
    within = False
    for text in lines:
        if not (within and text[:1] in (" ", "\t", "")):
            within = Line(number=None, data=text.encode("utf-8", "replace")).is_error
        if within:
            yield text
