"""Error signatures: log messages that differ only in their numbers, ids and names of the moment are the same trouble."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_VARIABLE = re.compile(
    r"""
    [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}   # UUID
  | \b0x[0-9a-fA-F]+\b                                              # address
  | \b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b                                # hash, id
  | (?<![\w.])\d+(?:\.\d+)*(?![\w])                                 # number, version, IPv4 address
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A group of messages: its pattern, how many, and the first of them."""

    pattern: str
    count: int
    example: str


def pattern_of(message: str) -> str:
    """The message with its variable parts as `*`."""
    return _VARIABLE.sub("*", message)


def group(messages: Iterable[str]) -> list[Signature]:
    """The signatures of the messages, the most frequent first."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for message in messages:
        pattern = pattern_of(message)
        counts[pattern] += 1
        examples.setdefault(pattern, message)
    return [Signature(pattern=item, count=count, example=examples[item]) for item, count in counts.most_common()]
