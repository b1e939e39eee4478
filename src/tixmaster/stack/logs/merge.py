"""Words that turn out to be variable, now that the whole file is known: patterns that differ there only become one.

Three things tell it: a value stands there in another pattern; it is the value of a key and there are several; or there
are many words. A few words at one place are different things said.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, islice
from typing import Final

MANY: Final = 8
"""So many different words at one place are names of something; fewer are different things said."""
MANY_OF_KEY: Final = 4
"""The same behind `key=`, where names are what one expects."""
FIXED_WORDS: Final = 3
"""More words than that must stay, or the pattern would say nothing."""
MOST_PLACES: Final = 3
"""At so many places at once may two patterns differ, values standing there."""
MOST_PATTERNS: Final = 20_000
MOST_COMPARED: Final = 300
"""So many patterns of one build are compared with each other."""
ROUNDS: Final = 3
_BREAK: Final = re.compile(r"([^0-9A-Za-z_*\u0080-\U0010ffff]+)")
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_NAME: Final = re.compile(r"\*|[a-z][A-Z]|^[A-Z0-9_]{2,}$")
_OPENS: Final = tuple("=([{<|/@#-'\"")
_CLOSES: Final = tuple(")]}>|/@({-='\"")

_Words = tuple[str, ...]


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
    """Patterns of one build have the same words in number and the same signs between them."""
    builds: dict[_Words, list[_Words]] = defaultdict(list)
    for pattern in sorted(patterns):
        parts = _BREAK.split(pattern)
        builds[tuple(parts[1::2])].append(tuple(parts[::2]))
    changes: dict[str, str] = {}
    for signs, members in builds.items():
        if len(members) > 1:
            for words, common in _within(signs, members).items():
                changes[_put(words, signs)] = _put(common, signs)
    return changes


def _put(words: _Words, signs: _Words) -> str:
    return "".join(word + sign for word, sign in zip(words, (*signs, ""), strict=True))


def _within(signs: _Words, members: list[_Words]) -> dict[_Words, _Words]:
    changes = _by_values(signs, members) if len(members) <= MOST_COMPARED else {}
    return changes or _by_number(signs, members)


def _by_values(signs: _Words, members: list[_Words]) -> dict[_Words, _Words]:
    """Where one has a value and the other a name, it is a value in both."""
    changes: dict[_Words, _Words] = {}
    for one, other in combinations(members, 2):
        places = _differing(one, other)
        if len(places) > MOST_PLACES or _fixed(one, places) < max(2, len(places)):
            continue
        if all(_is_value_beside_name(signs, place, one[place], other[place]) for place in places):
            common = tuple("*" if place in places else word for place, word in enumerate(one))
            for words in (one, other):
                if words != common:
                    changes.setdefault(words, common)
    return changes


def _differing(one: _Words, other: _Words) -> list[int]:
    """The places where they differ; once there are too many, the rest is not compared."""
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    return list(islice(differing, MOST_PLACES + 1))


def _is_value_beside_name(signs: _Words, place: int, one: str, other: str) -> bool:
    if "*" not in (one, other):
        return False
    name = other if one == "*" else one
    before = signs[place - 1] if place else ""
    after = signs[place] if place < len(signs) else ""
    return bool(before.endswith(_OPENS) or after.startswith(_CLOSES) or _NAME.search(name))


def _fixed(words: _Words, places: Iterable[int]) -> int:
    left_out = set(places)
    return sum(1 for place, word in enumerate(words) if place not in left_out and _LETTERS.search(word))


def _by_number(signs: _Words, members: list[_Words]) -> dict[_Words, _Words]:
    """Where there are many words."""
    if len(members) < MANY_OF_KEY:
        return {}
    # The words around a place are known by two numbers: a copy of them for each place would take the square of the length.
    befores, afters = _Numbered(), _Numbered()
    neighbors: dict[tuple[int, int, int], list[_Words]] = defaultdict(list)
    for words in members:
        before, after = befores.of(words), afters.of(words[::-1])
        for place, word in enumerate(words):
            if word != "*":
                neighbors[place, before[place], after[len(words) - 1 - place]].append(words)
    changes: dict[_Words, _Words] = {}
    for (place, _, _), alike in sorted(neighbors.items(), key=lambda item: -len(item[1])):
        of_key = place > 0 and signs[place - 1].endswith(("=", "'", '"'))
        if len(alike) >= (MANY_OF_KEY if of_key else MANY) and _fixed(alike[0], [place]) > FIXED_WORDS - 1:
            common = (*alike[0][:place], "*", *alike[0][place + 1 :])
            for words in alike:
                changes.setdefault(words, common)
    return changes


class _Numbered:
    """Numbers for the beginnings of word lists: two beginnings have the same number exactly where they are equal."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}

    def of(self, words: _Words) -> list[int]:
        """The number of what stands before each word."""
        before = [0]
        for word in words[:-1]:
            before.append(self._numbers.setdefault((before[-1], word), len(self._numbers) + 1))
        return before
