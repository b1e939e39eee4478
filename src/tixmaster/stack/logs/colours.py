"""Loggers made for a terminal write its colours into files, too; they are no part of what is said."""

from __future__ import annotations

import re
from typing import Final

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


def without_colours(text: str) -> str:
    """The text alone."""
    return _COLOUR.sub("", text) if "\x1b" in text else text
