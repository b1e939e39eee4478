"""A measurement that many ask for: shared, not waited for too long, and never a lie about now."""

from __future__ import annotations

import threading

from tixmaster.oncall.collectors.shared import Shared


class Slow:
    """Counts how often it is carried out; it ends when it may."""

    def __init__(self) -> None:
        self.began = 0
        self.may_end = threading.Event()

    def __call__(self) -> int:
        self.began += 1
        self.may_end.wait(10)
        return self.began


def test_who_asks_at_the_same_time_shares_one_measurement() -> None:
    """Two Prometheus servers and a curious person are one query."""
    slow = Slow()
    shared = Shared(slow, patience=0.05)
    assert [shared.newest() for _ in range(3)] == [None, None, None]
    slow.may_end.set()
    assert shared.wait(10)
    assert slow.began == 1


def test_a_slow_measurement_is_not_waited_for_and_the_last_one_stands_in() -> None:
    """It goes on meanwhile; no second one is begun beside it."""
    slow = Slow()
    slow.may_end.set()
    shared = Shared(slow, patience=0.05)
    assert shared.newest() == 1
    slow.may_end.clear()
    assert [shared.newest() for _ in range(3)] == [1, 1, 1]
    assert slow.began == 2
    slow.may_end.set()
    assert shared.wait(10)


def test_what_was_measured_long_ago_is_no_answer() -> None:
    """A machine that hangs must not go on reporting what it was like."""
    slow = Slow()
    slow.may_end.set()
    shared = Shared(slow, patience=0.05, fresh=0.0)
    assert shared.newest() is None


def test_a_measurement_that_breaks_leaves_the_next_one_its_turn() -> None:
    """It is logged; the scrape goes on without it."""
    outcomes = iter([ValueError("broken"), None])

    def measure() -> int:
        if error := next(outcomes):
            raise error
        return 7

    shared = Shared(measure, patience=10)
    assert shared.newest() is None
    assert shared.newest() == 7
