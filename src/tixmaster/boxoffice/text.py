"""Which characters a text may hold that people enter and others read: names, titles, places, reasons, descriptions.

Refused is what is invisible or changes how its surroundings are shown: controls, line and paragraph separators, lone
surrogates, and format characters (Unicode's Cf: bidirectional controls, zero-width spaces, tags). A name with such
characters breaks the lines of mails and tables, or reads as another name. Of the format characters two kinds stay, because
languages need them: ZWJ and ZWNJ (Indic scripts, Persian, emoji) between visible characters, and the signs that Arabic and
Syriac write before a number. A text of several lines may also hold line breaks and tabs.
"""

from __future__ import annotations

import unicodedata
from typing import Final

JOINERS: Final = frozenset("\u200c\u200d")
PREPENDED: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Visible format characters: the property Prepended_Concatenation_Mark of Unicode."""
BREAKS: Final = frozenset("\n\r\t")
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def problem(text: str, field: str, *, lines: bool = False) -> str | None:
    """What is wrong with the characters of a text of one line, or of several; None where nothing is."""
    if text.isprintable():  # the usual text
        return None
    for place, character in enumerate(text):
        if not _fits(character, lines) or (character in JOINERS and not _joins(text, place)):
            name = unicodedata.name(character, "a control character")
            return f"{field} must not contain U+{ord(character):04X} ({name}). Remove it and try again."
    return None


def check(text: str | None, field: str, *, lines: bool = False, blank: bool = False) -> None:
    """Raises `ValueError` for a text with such characters, and for one that shows nothing unless it may be `blank`."""
    if text is None:
        return
    if not blank and not any(map(_visible, text)):
        raise ValueError(f"{field} must not be blank")
    if wrong := problem(text, field, lines=lines):
        raise ValueError(wrong)


def _fits(character: str, lines: bool) -> bool:
    if unicodedata.category(character) not in _REFUSED:
        return True
    return character in JOINERS or character in PREPENDED or (lines and character in BREAKS)


def _joins(text: str, place: int) -> bool:
    """Whether the joiner at this place has a visible character on either side."""
    return 0 < place < len(text) - 1 and _visible(text[place - 1]) and _visible(text[place + 1])


def _visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ" or character in PREPENDED
