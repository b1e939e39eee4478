"""`tix simulate orders` through a real Prometheus."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from tixmaster.simulate import orders
from tixmaster.simulate.rivals import RIVALS, ours

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (package prometheus)"
)

SIMULATION = orders.Simulation(weeks=6, seed=1, now=datetime(2026, 11, 24, tzinfo=UTC), dispersion=1.2, days=(1,))


def test_ordinary_weeks_ring_nothing_of_ours_and_much_of_others() -> None:
    """Two judged weeks with nights, a weekend and an on-sale."""
    with SIMULATION.calm() as past:
        assert orders.false_episodes(ours(3.5), past, SIMULATION) == 0
        assert all(
            orders.false_episodes(rule, past, SIMULATION) > 1 for rule in RIVALS if rule.name != "counting_alone"
        )


def test_each_fault_is_found_in_time() -> None:
    """In most weeks; the figures are `tix simulate orders`'s to print."""
    with SIMULATION.troubled() as past:
        found = orders.delays_of(ours(3.5), past, SIMULATION)
    assert all(found[kind.name] is not None and found[kind.name] <= 30 for kind in orders.KINDS)
