"""Pieces of PromQL that several rules are made of."""

from __future__ import annotations

from textwrap import dedent

from tixmaster.stack.monitoring import series


def count(selector: str, window: str) -> str:
    """How many requests of `selector` there were in the window, by service."""
    return f"sum by (env, service) (increase({series.REQUESTS}{{{selector}}}[{window}]))"


def ratio(part: str, whole: str) -> str:
    """`part / whole`, absent where the whole is zero: 0/0 is NaN and would poison what is built on it."""
    return f"{part} / ({whole} > 0)"


def lines(text: str) -> str:
    """An expression of several lines, without the indentation it has in our source."""
    return dedent(text).strip() + "\n"
