"""Latencies as counts per microsecond: what several load generators saw can be added up, which percentiles cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil

Histogram = Counter[int]
"""Microseconds → how many answers took them."""


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one."""
    merged: Histogram = Counter()
    for histogram in histograms:
        merged.update(histogram)
    return merged


def percentile_ms(histogram: Histogram, percent: float) -> float:
    """The smallest latency (ms) that `percent` of the answers do not exceed (nearest rank); `ValueError` for none."""
    if not histogram.total():
        raise ValueError("there is no latency to take a percentile of")
    rank = max(1, ceil(histogram.total() * percent / 100))
    for microseconds, count in sorted(histogram.items()):
        rank -= count
        if rank <= 0:
            return microseconds / 1000
    raise AssertionError("a rank beyond the last latency")
