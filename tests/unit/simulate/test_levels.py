"""Recording rules in the order in which they need each other."""

from __future__ import annotations

from tixmaster.simulate.levels import levels
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.model import Recording
from tixmaster.stack.monitoring.rules import orders
from tixmaster.stack.monitoring.timings import STANDARD


def test_a_level_uses_only_what_stands_before_it() -> None:
    """Names that begin alike are different names."""
    rules = [
        Recording(name="a:b", expr="up"),
        Recording(name="a:b_long", expr="up"),
        Recording(name="c:d", expr="sum(a:b_long) + 1"),
        Recording(name="e:f", expr="c:d / a:b"),
    ]
    assert [[rule.name for rule in level] for level in levels(rules)] == [["a:b", "a:b_long"], ["c:d"], ["e:f"]]


def test_the_shipped_rules_have_three_levels() -> None:
    """Counts, what is expected, what is expected while it runs; none is lost."""
    found = levels(orders.recordings(Config(), STANDARD))
    assert len(found) == 3
    assert sum(map(len, found)) == len(orders.recordings(Config(), STANDARD))
