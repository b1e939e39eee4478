"""Pieces of PromQL that several rules are made of."""

from __future__ import annotations

from textwrap import dedent

from tixmaster.stack.monitoring import series


def count(selector: str, window: str, counter: str = series.REQUESTS) -> str:
    """How many requests of `selector` there were in the window, by service; a counter that says NaN is left out."""
    return f"sum by (env, service) (increase({counter}{{{selector}}}[{window}]) >= 0)"


def ratio(part: str, whole: str) -> str:
    """`part / whole`, absent where the whole is zero: 0/0 is NaN and would poison what is built on it."""
    return f"{part} / ({whole} > 0)"


def drill_ended_within(seconds: int) -> str:
    """True while the errors of the last drill may still lie in a window of that length."""
    return f"time() - max({series.DRILL_ENDED}) < {seconds}"


def drill_within(seconds: int) -> str:
    """True while a drill goes on, and afterwards while its errors may still lie in a window of that length."""
    return f"(max({series.DRILL_IN_FORCE}) == 1 or {drill_ended_within(seconds)})"


def lines(text: str) -> str:
    """An expression of several lines, without the indentation it has in our source."""
    return dedent(text).strip() + "\n"
