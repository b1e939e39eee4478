"""Personal data: e-mail addresses, payment cards, telephone numbers, Taiwan's identity numbers.

Numbers are recognized by their form and, where they have one, by their check digit, so ids, times and counts stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import re2

_EMAIL: Final = re2.compile(r"(?i)[\pL\pM\pN_.+%'-]*[\pL\pM\pN_+%-](?:@|%40)(?:[\pL\pM\pN_-]+\.)+\pL{2,}")
_UNITS: Final = (b".service", b".socket", b".timer", b".mount", b".target", b".slice", b".scope", b".path", b".swap")
"""Instances of systemd units (`postgresql@16-main.service`) look like addresses."""
_GAP: Final = (
    r"(?:[ .\-_/+\t]| [ -]|\x{A0}|\x{2007}|\x{2009}|\x{202F}|\x{3000}|[\x{2010}-\x{2015}]"
    r"|%20|%2D|%C2%A0|&nbsp;|&#160;|\\u00a0|\\xa0)"
)
_NUMBER: Final = re2.compile(
    rf"\b(?:[2-6]\d{{3}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{1,7}}(?:{_GAP}\d{{3}})?"
    rf"|3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}"
    rf"|[2-6]\d{{12,18}})\b"
    r"|(?:\+|\b00)[1-9]\d{0,2}[ -]?(?:\(0\)[ -]?)?(?:\(\d{1,4}\)[ -]?)?\d(?:[ -]?\d){6,11}"
    r"|\b09\d{2}[ -]?\d{3}[ -]?\d{3}"
    r"|(?:\(0[2-8]\d?\) ?|\b0[2-8]\d?-)\d{3,4}[ -]?\d{4}"
    r"|\b[A-Za-z][- ]?[1289A-Da-d]\d{8}\b"
)
"""Cards, telephones, identity numbers: their first characters tell which."""
NEEDED: Final = ("@|%40", _NUMBER.pattern)
"""One of these matches in every text that this module changes."""
_LAST_GROUP: Final = re2.compile(r"^.*\d(\D+\d{3})$")
_CARD_LENGTHS: Final = {b"2": (16,), b"3": (14, 15, 16), b"4": (13, 16, 19), b"5": range(13, 20), b"6": range(13, 20)}
_FRACTION: Final = re2.compile(r"\.\d{3}")
_LETTER_CODES: Final = {letter: code for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
_ID_WEIGHTS: Final = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_FEWEST_DIGITS: Final = 8
_LONGEST_NUMBER: Final = 64
_WORD: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\"' \t")
_NUMERALS: Final = frozenset(b"0123456789")


def redact_personal(data: bytes) -> bytes:
    """Addresses and numbers of people are replaced by their kind."""
    if b"@" in data or b"%40" in data:
        data = _checked(data, _EMAIL, _email)
    if len(data) - len(data.translate(None, b"0123456789")) >= _FEWEST_DIGITS:
        data = _checked(data, _NUMBER, _number)
    return data


def _checked(data: bytes, pattern: re2._Regexp, judge: Callable[[bytes, int, int], tuple[int, bytes] | None]) -> bytes:
    """Every match that the judge confirms, with what stands before and behind it, is replaced up to where it says.

    After one that is refused the search goes on behind its first group of digits: a card may stand behind a number.
    """
    pieces, done = [], 0
    matches = pattern.finditer(data)
    while match := next(matches, None):
        start, stop = match.span()
        verdict = judge(data, start, stop)
        if verdict:
            pieces += [data[done:start], verdict[1]]
            done = verdict[0]
        behind = verdict[0] if verdict else _next_place(data, start, stop)
        if behind != stop:
            matches = pattern.finditer(data, behind)
    return b"".join([*pieces, data[done:]]) if pieces else data


def _next_place(data: bytes, start: int, stop: int) -> int:
    """Behind the first group of a number; what is no number, or too long for one, is skipped as a whole."""
    at = start + 1
    if stop - start > _LONGEST_NUMBER:
        return stop
    while at < stop and data[at] in _NUMERALS:
        at += 1
    return at


def _email(data: bytes, start: int, stop: int) -> tuple[int, bytes] | None:
    behind = data[stop : stop + 1]
    if behind and (behind[0] in _WORD or behind == b"-") and data[stop - 1] < 128:
        return None
    return None if data[start:stop].lower().endswith(_UNITS) else (stop, b"[e-mail]")


def _number(data: bytes, start: int, stop: int) -> tuple[int, bytes] | None:
    first = data[start]
    if first in _WORD and first not in _NUMERALS:
        return _national_id(data, start, stop)
    return _card(data, start, stop) if first in b"23456" else _phone(data, start, stop)


def _card(data: bytes, start: int, stop: int) -> tuple[int, bytes] | None:
    """By its length, first digit and Luhn's check digit; not the fraction of a number, and no part of an id."""
    before, found = data[max(0, start - 2) : start], data[start:stop]
    whole = found.isdigit()
    if len(before) == 2 and before[1:] == b"." and before[:1].isdigit():
        return None
    if whole and before[-1:] == b"-" and before[:1].isalnum() and len(before) == 2:
        return None
    if (
        data[stop : stop + 1] == b"-"
        and data[stop + 1 : stop + 2].isalnum()
        and (whole or data[stop + 1 : stop + 2].isdigit())
    ):
        return None
    if whole and _FRACTION.match(data, stop):
        return None
    if _is_card(found):
        return stop, b"[card number]"
    if not whole and (group := _LAST_GROUP.match(found)) and _is_card(found[: group.start(1)]):
        return start + group.start(1), b"[card number]"
    return None


def _is_card(found: bytes) -> bool:
    digits = (_GAPS.sub(b"", found) if _ENCODED_GAP.intersection(found) else found).translate(None, _NO_DIGITS)
    return len(set(digits)) > 1 and len(digits) in _CARD_LENGTHS[digits[:1]] and _luhn(digits)


_GAPS: Final = re2.compile(r"%20|%2D|%C2%A0|&#160;|\\u00a0|\\xa0")
"""Gaps that are written with digits."""
_ENCODED_GAP: Final = frozenset(b"%&\\")
_NO_DIGITS: Final = bytes(set(range(256)) - set(b"0123456789"))
_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
"""Twice the digit, and of that the sum of its digits."""


def _luhn(digits: bytes) -> bool:
    """ISO/IEC 7812-1, annex B."""
    return (sum(digits[-1::-2].translate(_VALUES)) + sum(digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def _phone(data: bytes, start: int, stop: int) -> tuple[int, bytes] | None:
    """By its prefix; what a number, a time or an address goes on with is none."""
    if start and (data[start - 1] in _WORD or data[start - 1] in b"./-+"):
        return None
    if (
        start
        and data[start - 1 : start] == b":"
        and not (start > 1 and (data[start - 2] > 127 or data[start - 2] in _LETTERS))
    ):
        return None
    behind = data[stop : stop + 2]
    if behind[:1] and (behind[0] in _WORD or (behind[0] in b".:" and behind[1:].isdigit())):
        return None
    if behind[:1] == b"-" and behind[1:].isdigit() and not data[start:stop].startswith((b"+", b"00")):
        return None
    return stop, b"[phone]"


def _national_id(data: bytes, start: int, stop: int) -> tuple[int, bytes] | None:
    """Taiwan's identity numbers and those of residents, old and new: the letter counts as two digits, and a check digit."""
    letters = data[start:stop].decode().upper().replace("-", "").replace(" ", "")
    code = _LETTER_CODES[letters[0]]
    second = int(letters[1]) if letters[1].isdigit() else _LETTER_CODES[letters[1]] % 10
    digits = (code // 10, code % 10, second, *map(int, letters[2:]))
    sound = sum(digit * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=True)) % 10 == 0
    return (stop, b"[national id]") if sound else None
