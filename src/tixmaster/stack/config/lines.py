"""In which line of a TOML document each key stands. `tomllib` tells the line of a syntax error only.

The scanner reads documents that `tomllib` has accepted, so it looks for structure and checks nothing (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""The keys, and the indexes of arrays, that lead to a value: `("calendar", 0, "from")`."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n\r]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL),
    re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def lines(text: str) -> Mapping[Place, int]:
    """The line of each key and of each element of an array; the first one where a table is written in several places."""
    return _Scanner(text).document()


def line_of(place: Place, known: Mapping[Place, int]) -> int:
    """The line of the place, or of the innermost table around it that the document has: for a key that is missing."""
    return next((known[place[:end]] for end in range(len(place), 0, -1) if place[:end] in known), 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted, self._line = 0, 1
        self._found: dict[Place, int] = {}
        self._lengths: dict[Place, int] = {}
        """How many tables each array of tables has so far."""

    def document(self) -> Mapping[Place, int]:
        table: Place = ()
        self._skip_gap()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_gap()
        return self._found

    def _header(self) -> Place:
        """`[a.b]` or `[[a.b]]`: the table that the following keys belong to."""
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        *outer, last = self._key()
        self._skip_gap()
        self._at += 2 if many else 1
        place: Place = ()
        for name in outer:
            place = self._entered((*place, name))
        place = (*place, last)
        if not many:
            return self._note(place)
        self._note(place)
        index = self._lengths[place] = self._lengths.get(place, -1) + 1
        return self._note((*place, index))

    def _entered(self, place: Place) -> Place:
        """A table on the way: of an array of tables the newest one."""
        self._note(place)
        return (*place, self._lengths[place]) if place in self._lengths else place

    def _pair(self, table: Place) -> None:
        place = table
        for name in self._key():
            place = self._note((*place, name))
        self._skip_gap()
        self._at += 1  # the equals sign
        self._skip_gap()
        self._value(place)

    def _key(self) -> list[str]:
        """The parts of a dotted key."""
        parts = []
        while True:
            self._skip_gap()
            if (bare := _BARE.match(self._text, self._at)) is not None:
                parts.append(bare[0])
                self._at = bare.end()
            else:
                parts.append(self._quoted())
            self._skip_gap()
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _quoted(self) -> str:
        """A quoted key, its escapes resolved."""
        begins = self._at
        self._string()
        (value,) = tomllib.loads(f"key = {self._text[begins : self._at]}").values()
        return str(value)

    def _value(self, place: Place) -> None:
        match self._text[self._at : self._at + 1]:
            case "[":
                self._array(place)
            case "{":
                self._inline(place)
            case '"' | "'":
                self._string()
            case _:
                scalar = _SCALAR.match(self._text, self._at)
                self._at = scalar.end() if scalar else len(self._text)

    def _array(self, place: Place) -> None:
        self._at += 1
        index = 0
        while self._more("]"):
            self._value(self._note((*place, index)))
            index += 1

    def _inline(self, place: Place) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(place)

    def _more(self, end: str) -> bool:
        """Whether another element follows; what stands between elements, and the end, is passed."""
        self._skip_gap()
        while self._text.startswith(",", self._at):
            self._at += 1
            self._skip_gap()
        if self._at >= len(self._text):
            return False
        if self._text[self._at] == end:
            self._at += 1
            return False
        return True

    def _string(self) -> None:
        found = next((match for form in _STRINGS if (match := form.match(self._text, self._at))), None)
        self._at = found.end() if found else len(self._text)

    def _skip_gap(self) -> None:
        gap = _GAP.match(self._text, self._at)
        self._at = gap.end() if gap else self._at

    def _note(self, place: Place) -> Place:
        """Keeps the line where we are as the place's, unless there is an earlier one."""
        if place not in self._found:
            self._line += self._text.count("\n", self._counted, self._at)
            self._counted = self._at
            self._found[place] = self._line
        return place
