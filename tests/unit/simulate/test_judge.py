"""From minutes in which an expression held to episodes and delays."""

from __future__ import annotations

import numpy as np

from tixmaster.simulate.judge import APART, HOLD, KEEP, Minutes, delay, episodes, firing, typical


def held(*stretches: tuple[bool, int]) -> Minutes:
    return np.concatenate([np.full(minutes, value) for value, minutes in stretches])


def test_an_alert_fires_once_its_expression_has_held_for_its_hold() -> None:
    """And until it was gone for its keep."""
    assert not firing(held((True, HOLD), (False, 9))).any()
    assert np.flatnonzero(firing(held((False, 3), (True, HOLD + 2), (False, 9)))).tolist() == list(
        range(3 + HOLD, 3 + HOLD + 2 + KEEP)
    )


def test_what_rings_again_soon_is_one_episode() -> None:
    """Whoever was woken is still up."""
    once = (True, HOLD + 1)
    assert episodes(held(once, (False, APART - HOLD - KEEP), once)) == [HOLD]
    assert len(episodes(held(once, (False, APART + KEEP + 1), once))) == 2


def test_a_delay_counts_from_the_beginning_of_the_fault() -> None:
    """None where the alert did not come while it lasted."""
    assert delay(held((False, 15), (True, 20)), 10, 25) == 5 + HOLD
    assert delay(held((False, 30), (True, 20)), 10, 20) is None


def test_what_is_mostly_missed_has_no_typical_delay() -> None:
    """A missed fault counts as later than any."""
    assert typical([4, 9, None]) == 9
    assert typical([4, None, None]) is None
