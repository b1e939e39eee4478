"""Words that turn out to be variable: many patterns that differ in one word only are one pattern with a `*` there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

MANY: Final = 8
"""So many different words at one place are names of something; fewer are different things said."""
FIXED_WORDS: Final = 3
"""So many words must stay, or the pattern would say nothing."""
MOST_PATTERNS: Final = 20_000
ROUNDS: Final = 3
_WORD: Final = re.compile(r"[A-Za-z]{2,}")


def merged(patterns: Iterable[str]) -> dict[str, str]:
    """Each pattern with what it becomes; most stay as they are."""
    became = {pattern: pattern for pattern in patterns}
    if len(became) > MOST_PATTERNS:
        return became
    for _ in range(ROUNDS):
        changes = _changes(set(became.values()))
        if not changes:
            break
        became = {pattern: changes.get(now, now) for pattern, now in became.items()}
    return became


def _changes(patterns: set[str]) -> dict[str, str]:
    """The patterns that have many neighbours, with their common form."""
    neighbours: dict[tuple[int, str], list[str]] = defaultdict(list)
    for pattern in patterns:
        words = pattern.split(" ")
        fixed = sum(1 for word in words if "*" not in word and _WORD.search(word))
        if fixed <= FIXED_WORDS:
            continue
        for place, word in enumerate(words):
            if "*" not in word:
                neighbours[place, " ".join([*words[:place], "*", *words[place + 1 :]])].append(pattern)
    changes: dict[str, str] = {}
    for (_, common), members in sorted(neighbours.items(), key=lambda item: -len(item[1])):
        if len(members) < MANY:
            break
        for pattern in members:
            changes.setdefault(pattern, common)
    return changes
