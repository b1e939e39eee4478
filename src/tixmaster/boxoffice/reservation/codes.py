"""Numbers and codes that nobody can guess: 80 random bits in letters and digits that are not mistaken for each other."""

from __future__ import annotations

import os
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
LENGTH: Final = 16
ORDER: Final = "TM-"
TICKET: Final = "TK-"
"""What numbers of orders and codes of tickets begin with."""

_LETTERS: Final = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
"""A letter for each byte: 256 is a multiple of 32, so all are as likely."""


def code(prefix: str) -> str:
    """`prefix` and 16 characters."""
    return prefix + os.urandom(LENGTH).translate(_LETTERS).decode("ascii")


def typed(text: str, prefix: str) -> str:
    """A code as it was issued, from what somebody typed: with or without its prefix, in small letters, with spaces and
    hyphens, and with letters that Crockford's base 32 reads as digits. What cannot be one stays as it is."""
    letters = "".join(text.upper().split()).replace("-", "")
    bare = letters.removeprefix(prefix.replace("-", "")) if len(letters) > LENGTH else letters
    bare = bare.translate(str.maketrans("ILO", "110"))
    return f"{prefix}{bare}" if len(bare) == LENGTH else text.strip()
