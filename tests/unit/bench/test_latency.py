"""Latencies: merging counts, and percentiles of what was merged."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixmaster.bench.latency import merge, percentile_ms


@given(st.lists(st.integers(1, 10_000), min_size=1), st.lists(st.integers(1, 10_000)), st.sampled_from([50, 90, 99]))
def test_the_percentile_of_merged_counts_is_that_of_all_latencies_together(
    one: list[int], other: list[int], percent: int
) -> None:
    """As if a single generator had seen them all."""
    together = sorted(one + other)
    rank = -(-len(together) * percent // 100)
    assert percentile_ms(merge([Counter(one), Counter(other)]), percent) == together[rank - 1] / 1000


def test_a_percentile_is_a_latency_that_occurred() -> None:
    """Nearest rank: nothing is interpolated, and one slow answer in a hundred is not in the 99th percentile."""
    histogram = Counter({1_000: 99, 900_000: 1})
    assert percentile_ms(histogram, 50) == 1
    assert percentile_ms(histogram, 99) == 1
    assert percentile_ms(histogram, 99.5) == 900


def test_nothing_measured_has_no_percentile() -> None:
    """Zero would look like a very good result."""
    with pytest.raises(ValueError, match="no latency"):
        percentile_ms(merge([]), 99)
