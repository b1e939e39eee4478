"""Whole numbers that callers may also send as text: a page that takes an id from its address does, and so do forms.

Only ASCII digits are a number. Without a type of its own for the text, msgspec reads `"1e3"` as 1000 where it converts.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}$(?!\n)")]
"""`$` alone would let a final newline pass; `\\Z` is Python's alone, and the pattern stands in the OpenAPI document."""


def whole(value: int | str, field: str, least: int, most: int) -> int:
    """The value of an `int`, which msgspec has checked, or of `Digits`; raises `ValueError`."""
    if isinstance(value, int):
        return value
    number = int(value)
    if not least <= number <= most:
        raise ValueError(f"{field} is {value!r}. Use a whole number from {least} to {most}.")
    return number
