"""Error signatures: messages that differ only in their numbers, ids and names of the moment are the same trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from tixmaster.stack.logs import headers
from tixmaster.stack.logs.colours import without_colours
from tixmaster.stack.logs.masks import Masks, shape_of_raw
from tixmaster.stack.logs.merge import merged
from tixmaster.stack.logs.message import message_of
from tixmaster.stack.logs.traces import pattern_of_trace

REMEMBERED: Final = 20_000
"""So many shapes of messages are kept in memory with their patterns."""
EXAMPLE: Final = 400


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
        self._masks = Masks()
        self.words = self._masks.words
        self._messages: dict[bytes, str] = {}

    def of_message(self, message: str) -> str:
        """The pattern of what was said."""
        shape = shape_of_raw(message.encode("utf-8", "replace"))
        found = self._messages.get(shape)
        if found is None:
            passing = self.words.passing
            found = self._work_out_message(message, shape.decode("utf-8", "replace"))
            if self.words.passing == passing:
                if len(self._messages) >= REMEMBERED:
                    self._messages.clear()
                self._messages[shape] = found
        return found

    def of_text(self, text: str) -> tuple[str, bool]:
        """The pattern of a plain entry, whose header does not count, and whether it has one."""
        first, _, more = text.partition("\n")
        line = first.encode("utf-8", "replace")
        pattern, headed = self.of_line(shape_of_raw(line), headers.status_of(line))
        trace = pattern_of_trace(without_colours(text)) if more else None
        return trace or pattern, headed

    def of_line(self, shape: bytes, status: bytes) -> tuple[str, bool]:
        """The same of one line, of which the shape and the HTTP status are known."""
        text = without_colours(shape.decode("utf-8", "replace"))
        message, headed = headers.message(text, status)
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
