"""An entry of a log: its first line with the lines that belong to it (a stack trace), its place, its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from tixmaster.stack.logs.levels import is_error
from tixmaster.stack.logs.stamps import moment_of, moment_of_text

CUT_BYTES: Final = 64 * 1024
"""More of one line is not shown; a person would not read it either."""
MOST_LINES: Final = 1000
"""As many lines of one trace are kept; the rest of it is only counted."""
_CONTINUED: Final = (b"Caused by:", b"Traceback (most recent call last)", b"During handling of", b"The above exception", b"...", b"}")


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry. `number` is that of its first line, from 1, and None in a file too large to count; `offset` is in bytes."""

    number: int | None
    text: str
    fields: dict[str, Any] | None
    at: datetime | None = None
    """When it was written, where it says so."""
    offset: int = 0
    file: str = ""
    """Where it stands: a file's name, or what a manager calls the service."""

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


@dataclass(frozen=True, slots=True)
class Raw:
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
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def text_of(raw: bytes) -> str:
    """A line to show: whatever is no UTF-8 and no text becomes a mark, and what is too long is cut."""
    more = f" … ({len(raw) - CUT_BYTES} bytes more)" if len(raw) > CUT_BYTES else ""
    text = raw[:CUT_BYTES].decode("utf-8", "replace").rstrip("\r\n")
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() or sign == "\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return text + more


def entries(lines: Iterable[Raw], file: str) -> Iterator[Line]:
    """The entries that the lines make up: a line without a time of its own, or indented, belongs to the one before it.

    In a log that gives no times at all every line that is not indented stands for itself.
    """
    first: Raw | None = None
    fields: dict[str, Any] | None = None
    at: datetime | None = None
    texts: list[str] = []
    timed = False
    for raw in lines:
        own_fields = fields_of(raw.data)
        own = moment_of(own_fields) if own_fields is not None else moment_of_text(raw.data)
        timed = timed or own is not None
        if first is not None and own is None and own_fields is None and (timed or continues(raw.data)):
            if len(texts) < MOST_LINES:
                texts.append(text_of(raw.data))
            continue
        if first is not None:
            yield _made(first, texts, fields, at, file)
        first, fields, at, texts = raw, own_fields, own, [text_of(raw.data)]
    if first is not None:
        yield _made(first, texts, fields, at, file)


def continues(raw: bytes) -> bool:
    """Whether a line by its looks goes on with what the line before it began."""
    return raw[:1] in (b" ", b"\t", b"") or raw.startswith(_CONTINUED)


def _made(first: Raw, texts: list[str], fields: dict[str, Any] | None, at: datetime | None, file: str) -> Line:
    return Line(
        number=first.number, text="\n".join(texts), fields=fields, at=at, offset=first.offset, file=file
    )
