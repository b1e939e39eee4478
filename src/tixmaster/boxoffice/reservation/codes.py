"""Numbers and codes that nobody can guess: 80 random bits in letters and digits that are not mistaken for each other."""

from __future__ import annotations

import os
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
LENGTH: Final = 16

_LETTERS: Final = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
"""A letter for each byte: 256 is a multiple of 32, so all are as likely."""


def code(prefix: str) -> str:
    """`prefix` and 16 characters."""
    return prefix + os.urandom(LENGTH).translate(_LETTERS).decode("ascii")
