"""Regular expressions whose time grows with the length of the text and no faster, on RE2.

Python's `re` backtracks: a pattern with two repetitions that can match the same characters takes the square of the length
or worse, and holds the interpreter lock meanwhile. Text that others write (log lines, labels, requests) and patterns that
others write (settings) therefore run here. RE2 has no look-around and no back-references, and its `\\w`, `\\d`, `\\s` and
`\\b` are ASCII; `WORD`, `DIGIT` and `SPACE` are the contents of a character class that equals Python's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol, cast

import re2

WORD: Final = r"\pL\pN_"
DIGIT: Final = r"\p{Nd}"
SPACE: Final = r"\t-\r\x1c-\x20\x{85}\pZ"


class Found(Protocol):
    """A match in UTF-8; offsets are in bytes."""

    def __getitem__(self, group: int) -> bytes | None: ...
    def groups(self) -> tuple[bytes | None, ...]: ...
    def start(self, group: int = 0) -> int: ...
    def end(self, group: int = 0) -> int: ...
    def span(self, group: int = 0) -> tuple[int, int]: ...


class Pattern(Protocol):
    """A compiled pattern for UTF-8. For `str`, RE2 encodes the text anew with every call and counts characters."""

    def search(self, text: bytes, pos: int = 0) -> Found | None: ...
    def match(self, text: bytes, pos: int = 0) -> Found | None: ...
    def fullmatch(self, text: bytes, pos: int = 0) -> Found | None: ...
    def finditer(self, text: bytes) -> Iterator[Found]: ...


class PatternError(ValueError):
    """RE2 cannot compile a pattern; the message says why and quotes the part at fault."""


def compiled(pattern: str, *, any_newline: bool = False, groups: bool = True, ascii_bytes: bool = False) -> Pattern:
    """The pattern for RE2; raises `PatternError`.

    With `any_newline`, `.` fits the end of a line as well. Without `groups`, parentheses only group, which is faster. With
    `ascii_bytes`, each byte is a character, as in Latin-1.
    """
    options = re2.Options()
    options.log_errors = False  # RE2 would write them to standard error
    options.dot_nl = any_newline
    options.never_capture = not groups
    try:
        if ascii_bytes:
            options.encoding = re2.Options.Encoding.LATIN1
            made: Any = re2.compile(pattern.encode("latin-1"), options)
        else:
            made = re2.compile(pattern, options)
    except re2.error as error:
        raise PatternError(_why(error)) from error
    except UnicodeEncodeError as error:
        raise PatternError(f"the character {pattern[error.start]!a} is not allowed in a pattern") from error
    return cast(Pattern, made)


def utf8(text: str) -> bytes:
    """The text for a pattern; what UTF-8 cannot hold (a lone surrogate) becomes a question mark."""
    return text.encode("utf-8", "replace")


def _why(error: Exception) -> str:
    said = error.args[0] if error.args else str(error)
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
