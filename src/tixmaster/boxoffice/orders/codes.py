"""Numbers and codes that nobody can guess: 80 random bits in letters and digits that are not mistaken for each other."""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LENGTH: Final = 16


def code(prefix: str) -> str:
    """`TM-` + 16 characters."""
    bits = secrets.randbits(5 * LENGTH)
    return prefix + "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 5 * LENGTH, 5))
