"""Error signatures: messages that differ only in their numbers, ids and names of the moment are the same trouble."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from tixmaster.stack.logs.colours import without_colours
from tixmaster.stack.logs.headers import Headers, status_of
from tixmaster.stack.logs.line import continues, fields_of
from tixmaster.stack.logs.masks import Masks, shape_of_raw
from tixmaster.stack.logs.merge import merged
from tixmaster.stack.logs.message import message_of, quick_look, said_by
from tixmaster.stack.logs.traces import pattern_of_trace

REMEMBERED: Final = 20_000
"""So many shapes of messages are kept in memory with their patterns."""
EXAMPLE: Final = 400
_NAMED: Final = re.compile(rb"[\w.$]+(?:Error|Exception)(?::|$)")
"""The line with which a stack trace of Java begins below its entry."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A group of messages: its id (from the pattern, so the same tomorrow), its pattern, how many, and the first of them."""

    id: str
    pattern: str
    count: int
    example: str


def id_of(pattern: str) -> str:
    """Ten hexadecimal digits."""
    return blake2b(pattern.encode("utf-8", "replace"), digest_size=5).hexdigest()


class Signer:
    """Gives messages their patterns, quickly: those that differ in digits only are worked out once."""

    def __init__(self) -> None:
        self._headers = Headers()
        self._masks = Masks()
        self._messages: dict[bytes, str] = {}

    def of_message(self, message: str) -> str:
        """The pattern of what was said."""
        shape = shape_of_raw(message.encode("utf-8", "replace"))
        found = self._messages.get(shape)
        if found is None:
            found = self._work_out_message(message, shape.decode("utf-8", "replace"))
            if len(self._messages) >= REMEMBERED:
                self._messages.clear()
            self._messages[shape] = found
        return found

    def of_text(self, text: str) -> tuple[str, bool]:
        """The pattern of a plain entry, whose header does not count, and whether it has one."""
        first, _, more = text.partition("\n")
        line = first.encode("utf-8", "replace")
        pattern, headed = self.of_line(shape_of_raw(line), status_of(line))
        trace = pattern_of_trace(without_colours(text)) if more else None
        return trace or pattern, headed

    def of_line(self, shape: bytes, status: bytes) -> tuple[str, bool]:
        """The same of one line, of which the shape and the HTTP status are known."""
        text = without_colours(shape.decode("utf-8", "replace"))
        message, headed = self._headers.message(text, status)
        return self._masks.pattern_of(message), headed

    def _work_out_message(self, message: str, shape: str) -> str:
        trace = pattern_of_trace(without_colours(message)) if "\n" in message else None
        return trace or self._masks.pattern_of(without_colours(shape))

    def of_entry(self, fields: Mapping[str, Any] | None, text: str) -> str:
        """The pattern of an entry, JSON or plain."""
        return self.of_text(text)[0] if fields is None else self.of_message(message_of(fields, text))


class Tally:
    """Counts patterns while entries come."""

    def __init__(self) -> None:
        self.signer = Signer()
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, fields: Mapping[str, Any] | None, text: str) -> None:
        """One more entry."""
        self.count(self.signer.of_entry(fields, text), text if fields is None else message_of(fields, text))

    def count(self, pattern: str, example: str) -> None:
        """One more of that pattern."""
        self._counts[pattern] += 1
        if pattern not in self._examples:
            self._examples[pattern] = example[:EXAMPLE]

    @property
    def total(self) -> int:
        """How many there were."""
        return self._counts.total()

    def signatures(self) -> list[Signature]:
        """What was counted, the most frequent first."""
        counts: Counter[str] = Counter()
        examples: dict[str, str] = {}
        became = merged(self._counts)
        for pattern, count in self._counts.items():
            counts[became[pattern]] += count
            examples.setdefault(became[pattern], self._examples[pattern])
        return [
            Signature(id=id_of(pattern), pattern=pattern, count=count, example=examples[pattern])
            for pattern, count in counts.most_common()
        ]


def group(messages: Iterable[str]) -> list[Signature]:
    """The signatures of messages, the most frequent first."""
    tally = Tally()
    for message in messages:
        tally.count(tally.signer.of_message(message), message)
    return tally.signatures()


def assign(lines: Iterable[bytes]) -> Iterator[str]:
    """The signature id of each line, in order. The lines of a stack trace have that of the entry they belong to."""
    numbers: dict[str, int] = {}
    order = array("L")
    for pattern, count in _patterns(lines):
        number = numbers.setdefault(pattern, len(numbers))
        if count == 1:
            order.append(number)
        else:
            order.extend([number] * count)
    became = merged(numbers)
    ids = [id_of(became[pattern]) for pattern in numbers]
    return (ids[number] for number in order)


def _patterns(lines: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    """The pattern of each entry, and of how many lines it consists."""
    signer = Signer()
    known: dict[bytes, tuple[str, bool, bool]] = {}
    entry: list[bytes] = []
    pattern = ""
    for raw in lines:
        if raw[:1] == b"{" and (told := quick_look(raw)) is not None:
            if entry:
                yield _of_entry(signer, entry, pattern), len(entry)
            entry, pattern = [raw], signer.of_message(said_by(raw, told))
            continue
        shape, status = shape_of_raw(raw), status_of(raw)
        key = shape + status
        found = known.get(key)
        if found is None:
            found = _look(signer, raw, shape, status)
            if len(known) >= REMEMBERED:
                known.clear()
            known[key] = found
        own, headed, indented = found
        # The line that names a Python error is not indented; what else has no header stands for itself.
        if entry and (indented or (not headed and (len(entry) > 1 or _NAMED.match(raw)))):
            entry.append(raw)
            continue
        if entry:
            yield _of_entry(signer, entry, pattern), len(entry)
        entry, pattern = [raw], own
    if entry:
        yield _of_entry(signer, entry, pattern), len(entry)


def _look(signer: Signer, raw: bytes, shape: bytes, status: bytes) -> tuple[str, bool, bool]:
    """A line's pattern, whether it has a header (JSON counts as one), whether it looks like the rest of an entry."""
    if (fields := fields_of(raw)) is not None:
        return signer.of_message(message_of(fields, raw.decode("utf-8", "replace"))), True, False
    pattern, headed = signer.of_line(shape, status)
    return pattern, headed, not headed and continues(raw)


def _of_entry(signer: Signer, entry: list[bytes], pattern: str) -> str:
    if len(entry) == 1:
        return pattern
    if fields_of(entry[0]) is not None:
        return pattern
    return signer.of_text(b"\n".join(entry).decode("utf-8", "replace"))[0]
