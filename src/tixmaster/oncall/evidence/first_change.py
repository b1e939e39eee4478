"""Which metric changed first, and how sure that is: the answer of `change_points.py`, as it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A series that changed. `before` and `after` are medians in its own unit; of a counter, per second."""

    metric: str
    labels: dict[str, str]
    at: datetime
    before: float
    after: float
    direction: Literal["up", "down"]
    size: float
    """How many times its usual spread the first values lay off the baseline, on average."""
    certainty: float
    """That it changed at all, after correction for the number of series, 0 to 1."""
    first: float
    """That it was the first of all, 0 to 1: series that changed in one scrape share what there is."""


class FirstChange(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: changes by their moments, the earliest first. Without any, nothing changed, as far as can be seen."""

    services: tuple[str, ...]
    since: datetime
    until: datetime
    step_seconds: float
    """Moments are known as exactly as this."""
    series: int
    """How many were judged."""
    left_out: int
    """How many had too few values, or too short a history, to be judged."""
    young: tuple[str, ...] = ()
    """The services that had been started too shortly before for their series to have a usual."""
    changed: int = 0
    """How many changed; `changes` names the first twenty."""
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def first(self) -> Change | None:
        """The most probable first one."""
        return max(self.changes, key=lambda one: one.first, default=None)
