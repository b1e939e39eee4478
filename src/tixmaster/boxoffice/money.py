"""Money is whole cents in the database and in arithmetic, and text such as `"2500.00"` in JSON: never a float."""

from __future__ import annotations


def text(cents: int) -> str:
    """`250000` → `"2500.00"`."""
    return f"{cents // 100}.{cents % 100:02d}"
