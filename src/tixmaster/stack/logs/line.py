"""An entry of a log: its first line with the lines that belong to it (a stack trace), its place, its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import msgspec

from tixmaster.stack.logs.colours import without_colours
from tixmaster.stack.logs.levels import is_error
from tixmaster.stack.logs.stamps import NO_JSON, moment_of_raw

CUT_BYTES: Final = 64 * 1024
"""More of one line is not shown; a person would not read it either."""
MOST_LINES: Final = 1000
"""As many lines of one trace are kept; the rest of it is only counted."""
_CONTINUED: Final = (
    b"Caused by:",
    b"Traceback (most recent call last)",
    b"During handling of",
    b"The above exception",
    b"...",
    b"}",
)


class Line(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An entry. `number` is that of its first line, from 1, and None in a file too large to count; `offset` is in bytes."""

    number: int | None
    data: bytes
    """Its lines as they stand in the log."""
    at: datetime | None = None
    """When it was written, where it says so."""
    offset: int = 0
    """-1 where there is none: a manager's log is no file."""
    file: str = ""
    """Where it stands: a file's name, or what a manager calls the service."""
    told: dict[str, Any] | None = None
    """What a manager says of it besides."""

    @cached_property
    def text(self) -> str:
        """To show; its lines stand below each other."""
        if b"\n" not in self.data:
            return text_of(self.data)
        return "\n".join(text_of(line) for line in self.data.split(b"\n"))

    @cached_property
    def fields(self) -> dict[str, Any] | None:
        """Its fields, where it is JSON or a manager gave some."""
        return fields_of(self.data) or self.told

    @property
    def place(self) -> str:
        """`error.log:4711`, or `error.log@104857600` where lines were not counted, or only where it comes from."""
        if self.number is not None:
            return f"{self.file}:{self.number}"
        return f"{self.file}@{self.offset}" if self.offset >= 0 else self.file

    @property
    def is_error(self) -> bool:
        """Whether it tells of an error."""
        return is_error(self.fields, self.text)


class Raw(msgspec.Struct, frozen=True, gc=False):
    """A line as it stands in a file: its offset and number (None: not counted), cut where it is very long."""

    offset: int
    number: int | None
    data: bytes


def fields_of(raw: bytes) -> dict[str, Any] | None:
    """The fields of a JSON line; None for any other."""
    if raw[:1] != b"{":
        return None
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except NO_JSON:
        return None


def text_of(raw: bytes) -> str:
    """A line to show, without colours: what is no UTF-8 and no text becomes a mark, and what is too long is cut."""
    more = f" … ({len(raw) - CUT_BYTES} bytes more)" if len(raw) > CUT_BYTES else ""
    text = (raw[:CUT_BYTES] if more else raw).decode("utf-8", "replace").rstrip("\r\n")
    if not text.isprintable():
        text = without_colours(text)
        text = "".join(sign if sign.isprintable() or sign == "\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return text + more


def entries(lines: Iterable[Raw], file: str) -> Iterator[Line]:
    """The entries that the lines make up: a line without a time of its own, or indented, belongs to the one before it.

    In a log that gives no times at all every line that is not indented stands for itself.
    """
    first: Raw | None = None
    at: datetime | None = None
    more: list[bytes] = []
    timed = False
    for raw in lines:
        own = moment_of_raw(raw.data)
        if own is not None:
            timed = True
        elif first is not None and raw.data[:1] != b"{" and (timed or continues(raw.data)):
            if len(more) < MOST_LINES:
                more.append(raw.data)
            continue
        if first is not None:
            yield _made(first, more, at, file)
        first, at = raw, own
        if more:
            more = []
    if first is not None:
        yield _made(first, more, at, file)


def continues(raw: bytes) -> bool:
    """Whether a line by its looks goes on with what the line before it began."""
    return raw[:1] in (b" ", b"\t", b"") or raw.startswith(_CONTINUED)


def _made(first: Raw, more: list[bytes], at: datetime | None, file: str) -> Line:
    data = b"\n".join([first.data, *more]) if more else first.data
    return Line(number=first.number, data=data, at=at, offset=first.offset, file=file)
