"""The signature of each line of a log, in order."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Final

from tixmaster.stack.logs.headers import status_of
from tixmaster.stack.logs.line import MOST_LINES, continues, fields_of
from tixmaster.stack.logs.masks import LONGEST, shape_of_raw
from tixmaster.stack.logs.merge import merged
from tixmaster.stack.logs.message import message_of, quick_look, said_by
from tixmaster.stack.logs.signing import Signer, id_of

REMEMBERED: Final = 20_000
"""So many lines that may come again are kept with what became of them."""
_NAMED: Final = re.compile(rb"[\w.$]+(?:Error|Exception)(?::|$)")
"""The line with which a stack trace of Java begins below its entry."""

_PYTHON: Final = b"Traceback (most recent call last)"
_GO: Final = (b"panic: ", b"fatal error: ", b"SIG")
"""How traces of Python and Go begin."""
_GO_FRAME: Final = re.compile(rb"goroutine \d|created by |exit status |[\w./*(){}\[\]-][\w./*){}\[\]-]*+\(.*+(?<=\))$")

Numbered = tuple[list[str], "array[int]"]
"""The patterns of a stretch of lines, and for each line which of them it has."""


def assign(lines: Iterable[bytes]) -> Iterator[str]:
    """The signature id of each line. The lines of a stack trace have that of the entry they belong to."""
    return ids([Numbering().of(lines)])


def ids(stretches: Iterable[Numbered]) -> Iterator[str]:
    """The ids of the lines of all stretches. What is variable is told from all of them together."""
    numbers: dict[str, int] = {}
    order = array("I")
    for patterns, own in stretches:
        known = [numbers.setdefault(pattern, len(numbers)) for pattern in patterns]
        order.extend(map(known.__getitem__, own))
    became = merged(numbers)
    return map([id_of(became[pattern]) for pattern in numbers].__getitem__, order)


def _is_of_trace(raw: bytes, first: bytes, is_python: bool, was_indented: bool) -> bool:
    """Whether a line that is not indented is one of the trace above it: Python's last line, Go's names of functions."""
    if first.startswith(_GO):
        return _GO_FRAME.match(raw) is not None
    return was_indented and is_python


class Numbering:
    """Numbers the patterns of lines; what it has learnt of one stretch of them makes the next one faster."""

    def __init__(self) -> None:
        self._signer = Signer()
        self._words = self._signer.words
        self._known: dict[bytes, tuple[str, bool, bool]] = {}

    def of(self, lines: Iterable[bytes]) -> Numbered:
        """Which pattern each line has. The first one begins an entry."""
        numbers: dict[str, int] = {}
        order = array("I")
        for pattern, count in self._entries(lines):
            number = numbers.setdefault(pattern, len(numbers))
            if count == 1:
                order.append(number)
            else:
                order.extend([number] * count)
        return list(numbers), order

    def begins(self, raw: bytes) -> bool:
        """Whether a line begins an entry, whatever stands before it."""
        return (raw[:1] == b"{" and quick_look(raw) is not None) or self._look(raw)[1]

    def _entries(self, lines: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """The pattern of each entry, and of how many lines it consists.

        A line without a header goes on with the entry that has one. Where none has, what is not indented is the next entry,
        unless it belongs to a trace.
        """
        entry: list[bytes] = []
        count = 0
        pattern = ""
        has_header = was_indented = is_python = False
        for raw in lines:
            if raw[:1] == b"{" and (told := quick_look(raw)) is not None:
                own, headed = self._signer.of_message(said_by(raw, told)), True
            else:
                own, headed, indented = self._look(raw)
                if count and not headed:
                    if has_header:
                        goes_on = indented or count > 1 or _NAMED.match(raw) is not None
                    else:
                        goes_on = indented or _is_of_trace(raw, entry[0], is_python, was_indented)
                    if goes_on:
                        count, was_indented = count + 1, indented
                        is_python = is_python or raw.startswith(_PYTHON)
                        if count <= MOST_LINES:
                            entry.append(raw)
                        continue
            if count:
                yield (pattern if count == 1 else self._of_entry(entry, pattern)), count
            entry, count, pattern, has_header, was_indented = [raw], 1, own, headed, False
            is_python = raw.startswith(_PYTHON)
        if count:
            yield (pattern if count == 1 else self._of_entry(entry, pattern)), count

    def _look(self, raw: bytes) -> tuple[str, bool, bool]:
        """A line's pattern, whether it has a header (JSON counts as one), whether it looks like the rest of an entry."""
        shape, status = shape_of_raw(raw), status_of(raw)
        key = shape + status if status else shape
        found = self._known.get(key)
        if found is None:
            if (fields := fields_of(raw)) is not None:
                return self._signer.of_message(message_of(fields, raw.decode("utf-8", "replace"))), True, False
            passing = self._words.passing
            pattern, headed = self._signer.of_line(shape, status)
            found = pattern, headed, not headed and continues(raw)
            if self._words.passing == passing and len(key) <= LONGEST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = found
        return found

    def _of_entry(self, entry: list[bytes], pattern: str) -> str:
        if fields_of(entry[0]) is not None:
            return pattern
        return self._signer.of_text(b"\n".join(entry).decode("utf-8", "replace"))[0]
