"""Shops as Prometheus would have scraped them: their trade as OpenMetrics text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final

import numpy as np

from tixmaster.simulate.trade import MINUTES_OF_WEEK, Counts, OnSale, Trade
from tixmaster.stack.monitoring import series

STEADY_MINUTES: Final = 4
"""How often what does not change is sampled: Prometheus looks five minutes back."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A trade, and the stretches of it (minutes) that are written down; the others are asked for by nobody."""

    trade: Trade
    written: tuple[range, ...]


def write(file: IO[str], shops: Mapping[str, Shop], on_sales: Sequence[OnSale], zero: int) -> None:
    """What the box office and on-call would have exported since the Unix second `zero`; shops are told apart by `env`."""
    file.write(f"# TYPE {series.ORDERS.removesuffix('_total')} counter\n")
    for env, shop in shops.items():
        total = np.cumsum(shop.trade.orders())
        labels = f'service="{series.SERVICE}",env="{env}",outcome="confirmed"'
        _samples(file, f"{series.ORDERS}{{{labels}}}", total, shop.written, zero)
    for name in (series.UP, series.SALES_OPEN):
        file.write(f"# TYPE {name} gauge\n")
        for env, shop in shops.items():
            steady = np.ones(shop.trade.weeks * MINUTES_OF_WEEK, dtype=np.int64)
            named = f'{name}{{service="{series.SERVICE}",env="{env}"}}'
            _samples(file, named, steady, shop.written, zero, STEADY_MINUTES)
    _calendar(file, on_sales, max(shop.trade.weeks for shop in shops.values()) * MINUTES_OF_WEEK, zero)
    file.write("# EOF\n")


def _calendar(file: IO[str], on_sales: Sequence[OnSale], minutes: int, zero: int) -> None:
    ends = {
        series.CALENDAR_FROM: [sale.begins for sale in on_sales],
        series.CALENDAR_UNTIL: [sale.begins + sale.minutes for sale in on_sales],
    }
    for name, moments in ends.items():
        file.write(f"# TYPE {name} gauge\n")
        for row, moment in enumerate(moments, start=1):
            told = np.full(minutes, zero + 60 * moment, dtype=np.int64)
            _samples(file, f'{name}{{row="{row}",kind="on-sale"}}', told, (range(minutes),), zero, STEADY_MINUTES)


def _samples(file: IO[str], name: str, values: Counts, written: Sequence[range], zero: int, every: int = 1) -> None:
    """One series. A minute's count is there at its end."""
    for stretch in written:
        minutes = range(max(stretch.start, 0), min(stretch.stop, len(values)), every)
        file.writelines(f"{name} {values[minute]} {zero + 60 * (minute + 1)}\n" for minute in minutes)
