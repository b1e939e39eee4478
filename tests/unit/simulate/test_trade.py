"""Simulated trade: the same seed, the same orders; as much chance as was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tixmaster.simulate.trade import MINUTES_OF_DAY, MINUTES_OF_WEEK, Fault, OnSale, Trade, minute_of


def test_a_fault_takes_orders_away_and_changes_nothing_else() -> None:
    """So a shop with a fault can be compared with the same shop without."""
    fault = Fault(begins=minute_of(0, 2, 15), minutes=60, share=0.4)
    calm = Trade(weeks=1, seed=7).orders()
    struck = Trade(weeks=1, seed=7, faults=(fault,)).orders()
    during = slice(fault.begins, fault.begins + fault.minutes)
    assert struck[during].sum() == pytest.approx(0.4 * calm[during].sum(), rel=0.15)
    struck[during] = calm[during]
    assert np.array_equal(struck, calm)
    assert not np.array_equal(calm, Trade(weeks=1, seed=8).orders())


def test_nights_are_quiet_weekends_busy_and_an_on_sale_is_a_rush() -> None:
    """The shape of the trade."""
    days = Trade(weeks=1, seed=1).orders().reshape(7, MINUTES_OF_DAY)
    assert days[:, 120:360].sum() < 0.02 * days.sum()
    assert days[5].sum() > 1.2 * days[0].sum()
    sale = OnSale(begins=minute_of(0, 1, 12))
    rush = Trade(weeks=1, seed=1, on_sales=(sale,)).orders()
    assert rush[sale.begins : sale.begins + 10].sum() > 10 * days.reshape(-1)[sale.begins : sale.begins + 10].sum()


@pytest.mark.parametrize("dispersion", [1.0, 3.0])
def test_counts_are_as_bunched_as_was_asked_for(dispersion: float) -> None:
    """Variance over mean of a minute, over many weeks of one seed."""
    weeks = 200
    chance = Trade(weeks=weeks, seed=3, dispersion=dispersion).orders().reshape(weeks, MINUTES_OF_WEEK)
    evening = chance[:, minute_of(0, 0, 20) : minute_of(0, 0, 21)]
    level = evening.mean(axis=1, keepdims=True)
    assert np.mean((evening - level) ** 2 / level) == pytest.approx(dispersion, rel=0.05)
