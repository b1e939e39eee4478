"""Numbers and codes that nobody can guess: 80 random bits in letters and digits that are not mistaken for each other."""

from __future__ import annotations

import base64
import os
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
LENGTH: Final = 16

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


def code(prefix: str) -> str:
    """`prefix` and 16 characters."""
    return prefix + base64.b32encode(os.urandom(LENGTH * 5 // 8)).translate(_CROCKFORD).decode()
