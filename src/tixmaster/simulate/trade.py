"""Simulated trade: orders a minute over weeks, with days, weekends, on-sales, faults and the chance of real counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Rates = npt.NDArray[np.float64]

MINUTES_OF_DAY: Final = 24 * 60
MINUTES_OF_WEEK: Final = 7 * MINUTES_OF_DAY
BUSIEST: Final = 12.0
"""Orders a minute in the busiest minute of a Monday; about 8,000 a day."""
BY_HOUR: Final = (
    *(0.05, 0.03, 0.02, 0.01, 0.01, 0.01, 0.02, 0.04, 0.08, 0.14, 0.34, 0.56),
    *(0.80, 0.78, 0.74, 0.76, 0.80, 0.82, 0.86, 0.93, 1.00, 0.92, 0.55, 0.18),
)
"""Trade in each hour of a day as a share of the busiest: asleep at night, slow in the morning, the best in the evening."""
BY_DAY: Final = (1.0, 0.95, 1.0, 1.05, 1.15, 1.35, 1.25)
"""From Monday on: weekends sell more."""
SEASON: Final = 0.05
"""How far whole weeks lie above or below each other (standard deviation of their logarithm)."""
ON_SALE_MINUTES: Final = 90
ON_SALE_TIMES: Final = 25.0
"""An on-sale begins with so many times the usual orders, and wears off."""


@dataclass(frozen=True, kw_only=True)
class OnSale:
    """A popular event goes on sale at this minute of the simulation."""

    begins: int
    minutes: int = ON_SALE_MINUTES


@dataclass(frozen=True, kw_only=True)
class Fault:
    """From `begins` on, for `minutes`, only this share of the orders comes through, without an error being counted."""

    begins: int
    minutes: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Trade:
    """One shop. `dispersion` is the variance of a minute's count over its mean: 1 is Poisson, real orders come in bunches."""

    weeks: int
    seed: int
    dispersion: float = 1.0
    on_sales: tuple[OnSale, ...] = ()
    faults: tuple[Fault, ...] = field(default=())

    def orders(self) -> Counts:
        """The orders of each minute. The same seed gives the same orders, whatever fault comes on top."""
        chance = np.random.default_rng(self.seed)
        counts = _drawn(chance, self._rates(chance), self.dispersion)
        thinned = np.random.default_rng(self.seed + 1)
        for fault in self.faults:
            struck = slice(fault.begins, fault.begins + fault.minutes)
            counts[struck] = thinned.binomial(counts[struck], fault.share)
        return counts

    def _rates(self, chance: np.random.Generator) -> Rates:
        """Expected orders a minute."""
        minute = np.arange(self.weeks * MINUTES_OF_WEEK)
        hours = np.array([*BY_HOUR, BY_HOUR[0]])
        day = np.interp((minute % MINUTES_OF_DAY) / 60, np.arange(25), hours)
        rates: Rates = BUSIEST * day * np.array(BY_DAY)[(minute // MINUTES_OF_DAY) % 7]
        rates *= np.exp(chance.normal(0, SEASON, self.weeks))[minute // MINUTES_OF_WEEK]
        for sale in self.on_sales:
            since = np.arange(sale.minutes)
            rates[sale.begins : sale.begins + sale.minutes] += (
                BUSIEST * ON_SALE_TIMES * np.exp(-4 * since / sale.minutes)
            )
        return rates


def minute_of(week: int, day: int, hour: int, minute: int = 0) -> int:
    """The minute of the simulation; weeks and days count from 0, and a week begins on Monday."""
    return week * MINUTES_OF_WEEK + day * MINUTES_OF_DAY + hour * 60 + minute


def _drawn(chance: np.random.Generator, rates: Rates, dispersion: float) -> Counts:
    """Poisson, or negative binomial with variance = dispersion · mean."""
    if dispersion <= 1:
        return chance.poisson(rates)
    bunches = np.maximum(rates, 1e-9) / (dispersion - 1)
    return chance.negative_binomial(bunches, 1 / dispersion)
