"""Which metrics an expression of PromQL reads."""

from __future__ import annotations

import re

KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "atan2", "start", "end"}
GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
"""Labels, which look like metrics."""
NOT_NAMES = (r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", r"\{[^}]*\}", r"\[[^\]]*\]", GROUPING, r"\b(?:by|without)\b")
NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")


def metrics(expression: str) -> set[str]:
    """The names of its selectors: what is neither a string, a label, a duration, a function nor a word of the language."""
    for pattern in NOT_NAMES:
        expression = re.sub(pattern, " ", expression)
    return {name for name in NAME.findall(expression) if name.lower() not in KEYWORDS}
