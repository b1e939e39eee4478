"""Money is whole cents in the database and in arithmetic, and text such as `"2500.00"` in JSON: never a float."""

from __future__ import annotations

import re
from typing import Final

from tixmaster.boxoffice.errors import InvalidError

MOST_CENTS: Final = 100_000_000
"""The highest price, a million: a thousand of it are far from what 64 bits hold."""

_DECIMAL: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def text(cents: int) -> str:
    """`250000` → `"2500.00"`."""
    return f"{cents // 100}.{cents % 100:02d}"


def cents(amount: str) -> int:
    """`"2500.00"`, `"2500.5"` or `"2500"` → `250000` and the like; raises `InvalidError`."""
    found = _DECIMAL.fullmatch(amount)
    if found is None:
        raise InvalidError('price must be text such as "2500.00": not negative, no more than two decimals')
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if value > MOST_CENTS:
        raise InvalidError(f"price must be at most {text(MOST_CENTS)}")
    return value
