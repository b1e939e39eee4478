"""The words of the table of alerts: figures, and how long something takes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.monitoring.histories import Figures

from tixmaster.stack.monitoring.timings import Timings


def fixed(**figures: float) -> Figures:
    """The same figures in both profiles; `__` stands for a colon."""
    return lambda _: {name.replace("__", ":"): value for name, value in figures.items()}


def these(figures: Mapping[str, float]) -> Figures:
    return lambda _: figures


def brief(timings: Timings) -> int:
    return timings.brief_for


def lasting(timings: Timings) -> int:
    return timings.lasting_for


def at_once(_: Timings) -> int:
    return 0


def each(*figures: Mapping[str, float]) -> tuple[Figures, ...]:
    return tuple(these(one) for one in figures)
