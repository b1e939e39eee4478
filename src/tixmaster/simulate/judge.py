"""From the minutes in which an expression held to what people notice: episodes of an alert, and how late it came."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np

from tixmaster.stack.monitoring.timings import STANDARD

HOLD: Final = STANDARD.order_for // 60
KEEP: Final = STANDARD.order_keep // 60
"""The alert's `for` and `keep_firing_for`, in minutes."""
APART: Final = 30
"""Firing again within so many minutes is the same trouble for whoever was woken."""

Minutes = np.ndarray[tuple[int], np.dtype[np.bool_]]


def firing(held: Minutes) -> Minutes:
    """Where the alert fires: the expression has held for the alert's whole `for`, and until it was gone for its keep."""
    fires = np.zeros_like(held)
    since = gone = 0
    for minute, holds in enumerate(held):
        since = since + 1 if holds else 0
        gone = 0 if holds else gone + 1
        fires[minute] = since > HOLD or (minute > 0 and fires[minute - 1] and gone <= KEEP)
    return fires


def episodes(held: Minutes) -> list[int]:
    """The minutes in which an alert began that had been silent for a while."""
    begun: list[int] = []
    last = -APART - 1
    for minute in np.flatnonzero(firing(held)).tolist():
        if minute - last > APART:
            begun.append(minute)
        last = minute
    return begun


def delay(held: Minutes, begins: int, minutes: int) -> int | None:
    """Minutes from the beginning of a fault to the alert; None where it did not come while the fault lasted."""
    found = np.flatnonzero(firing(held)[begins : begins + minutes])
    return int(found[0]) if found.size else None


def typical(delays: Sequence[int | None]) -> float | None:
    """The median, a missed fault counting as later than any; None where most were missed."""
    found = median(float("inf") if one is None else one for one in delays)
    return None if found == float("inf") else found
