"""The rules that LowOrderVolume is compared with: how others notice that orders stay away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tixmaster.simulate.trade import BUSIEST
from tixmaster.stack.config import Config, Monitoring
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.rules import orders
from tixmaster.stack.monitoring.timings import STANDARD, span

FEW: Final = 0.2 * BUSIEST * STANDARD.order_window / 60
"""The fixed threshold: a fifth of the orders of the busiest window."""
FROM_HOUR, TO_HOUR = 9, 22
"""When the shop counts as open (UTC, as the simulation's days)."""

_SELECTED = f"{series.ORDERS}{{{series.CONFIRMED}}}[{span(STANDARD.order_window)}]"
_NOW = f"sum by (env) (increase({_SELECTED}))"
_LAST_WEEK = f"sum by (env) (increase({_SELECTED} offset 1w))"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An expression that has a result where something is wrong, by name. All of them wait as long as ours (`for`)."""

    name: str
    title: str
    expr: str


_BARE = " or on (env, service) ".join(
    f"({names.count} < on (env, service) ({names.expected} - 3.5 * sqrt({names.expected}))"
    f" and on (env, service) {names.expected} >= 15)"
    for names in (series.ORDERS_SHORT, series.ORDERS_LONG)
)


RIVALS: Final = (
    Rule(name="counting_alone", title="3-week median - 3.5 √expected", expr=_BARE),
    Rule(name="static", title=f"fewer than {FEW:g} orders in 10 m", expr=f"{_NOW} < {FEW:g}"),
    Rule(
        name="hour_gate",
        title=f"the same from {FROM_HOUR} to {TO_HOUR} o'clock",
        expr=f"{_NOW} < {FEW:g} and on () (hour() >= {FROM_HOUR} and hour() < {TO_HOUR})",
    ),
    Rule(name="week_over_week", title="less than half of last week", expr=f"{_NOW} < 0.5 * {_LAST_WEEK}"),
)


def ours(deviations: float) -> Rule:
    """The shipped LowOrderVolume."""
    alert = orders.low_order_volume(Config(monitoring=Monitoring(order_deviations=deviations)), STANDARD)
    return Rule(name="low_order_volume", title=f"LowOrderVolume, {deviations:g} deviations", expr=alert.expr)
