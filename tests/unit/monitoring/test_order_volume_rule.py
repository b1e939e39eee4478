"""LowOrderVolume: a stop of orders is found, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tixmaster.stack.monitoring.series import ORDERS, REQUESTS, SALES_OPEN
from tixmaster.stack.monitoring.timings import HOUR

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Bench

CONFIRMED = f'{ORDERS}{{service="backend",env="local",outcome="confirmed"}}'
UP = 'up{service="backend",env="local"}'
OPEN = f'{SALES_OPEN}{{service="backend",env="local"}}'
ERRORS = f'{REQUESTS}{{service="backend",env="local",http_route="/api/orders",http_response_status_code="503"}}'
VISITS = f'{REQUESTS}{{service="backend",env="local",http_route="/api/events",http_response_status_code="200"}}'

STEADY = 75.0
"""Orders in one window of steady trade; the alarm lies at 75 − 3.5·√75 = 44.7."""


@dataclass(frozen=True)
class Trade:
    """Three 'weeks' of steady trade, then what the test says; `step` samples a window coarsely enough for promtool."""

    bench: Bench

    @property
    def step(self) -> int:
        return max(self.bench.timings.scrape, self.bench.timings.order_window // 15)

    @property
    def window(self) -> int:
        return self.bench.timings.order_window // self.step

    @property
    def history(self) -> int:
        return 3 * self.bench.timings.week // self.step + 2 * self.window

    @property
    def start(self) -> int:
        """The moment (seconds) at which the history ends."""
        return self.history * self.step

    def counter(self, *parts: tuple[float, int]) -> str:
        """A counter that grows by (orders a window) for (steps), one part after the other."""
        value, texts = 0.0, []
        for orders, steps in parts:
            growth = orders / self.window
            texts.append(f"{value + growth}+{growth}x{steps - 1}")
            value += growth * steps
        return " ".join(texts)

    def up(self, *parts: tuple[int, int]) -> str:
        return " ".join(f"{value}x{steps - 1}" for value, steps in parts)


@pytest.fixture
def trade(bench: Bench) -> Trade:
    """Weeks of an hour at most: the same expressions over a history that promtool evaluates in a second."""
    return Trade(replace(bench, timings=replace(bench.timings, week=min(bench.timings.week, HOUR))))


def test_a_full_stop_alarms_and_ends_when_orders_return(trade: Trade) -> None:
    """Not at once, within a window, and until a window holds enough orders again."""
    window, step = trade.window, trade.step
    stopped = 2 * window
    kept = trade.bench.timings.order_keep
    after = 2 * window + kept // step
    orders = trade.counter((STEADY, trade.history), (0, stopped), (STEADY, after))
    length = trade.history + stopped + after
    healed = trade.start + stopped * step
    trade.bench.expect(
        "LowOrderVolume",
        {CONFIRMED: orders, UP: f"1x{length}", OPEN: f"1x{length}"},
        {
            trade.start: False,
            trade.start + 3 * step: False,
            trade.start + (window // 2) * step + trade.bench.timings.order_for: True,
            healed: True,
            healed + (window + 1) * step + kept + step: False,
        },
        step=step,
    )


@pytest.mark.parametrize(("share", "alarms"), [(0.62, False), (0.57, True)])
def test_the_line_lies_three_and_a_half_deviations_below_the_usual(trade: Trade, share: float, alarms: bool) -> None:
    """46 of 75 orders may be chance, 43 are not."""
    orders = trade.counter((STEADY, trade.history), (share * STEADY, 2 * trade.window))
    trade.bench.expect(
        "LowOrderVolume",
        {CONFIRMED: orders, UP: f"1x{trade.history + 2 * trade.window}"},
        {trade.start + (2 * trade.window - 2) * trade.step: alarms},
        step=trade.step,
    )


@pytest.mark.parametrize(("usual", "alarms"), [(14, False), (17, True)])
def test_where_little_is_expected_a_stop_says_nothing(trade: Trade, usual: float, alarms: bool) -> None:
    """At off-peak fewer than 15 orders are expected, and none may be chance."""
    orders = trade.counter((usual, trade.history), (0, 2 * trade.window))
    moment = trade.start + (2 * trade.window - 2) * trade.step
    series = {CONFIRMED: orders, UP: f"1x{trade.history + 2 * trade.window}"}
    trade.bench.expect("LowOrderVolume", series, {moment: alarms}, step=trade.step)


def test_closed_sales_explain_the_silence(trade: Trade) -> None:
    """The sales calendar mutes the alert."""
    length = 2 * trade.window
    series = {
        CONFIRMED: trade.counter((STEADY, trade.history), (0, length)),
        UP: f"1x{trade.history + length}",
        OPEN: f"1x{trade.history - 1} 0x{length}",
    }
    trade.bench.expect_never("LowOrderVolume", series, until=trade.start + length * trade.step, step=trade.step)


def test_orders_lost_to_errors_stay_with_high_error_rate(trade: Trade) -> None:
    """Neither during the failures nor in the windows after them, in which their orders are still missing."""
    failing, after = trade.window, 2 * trade.window
    series = {
        CONFIRMED: trade.counter((STEADY, trade.history), (0, failing), (STEADY, after)),
        UP: f"1x{trade.history + failing + after}",
        VISITS: trade.counter((STEADY, trade.history), (0, failing), (STEADY, after)),
        ERRORS: trade.counter((0, trade.history), (STEADY, failing), (0, after)),
    }
    end = trade.start + (failing + after) * trade.step
    trade.bench.expect_never("LowOrderVolume", series, until=end, step=trade.step)


def test_a_service_that_was_down_owes_fewer_orders(trade: Trade) -> None:
    """An outage is InstanceDown's to report; after the restart nobody is woken for its missing orders."""
    down, after = trade.window - 3, 3 * trade.window
    series = {
        CONFIRMED: f"{trade.counter((STEADY, trade.history))} _x{down} {trade.counter((STEADY, after))}",
        UP: trade.up((1, trade.history), (0, down), (1, after)),
    }
    end = trade.start + (down + after) * trade.step
    trade.bench.expect_never("LowOrderVolume", series, until=end, step=trade.step)


def test_an_earlier_outage_in_the_baseline_neither_alarms_nor_blinds(trade: Trade) -> None:
    """The median of three weeks outlives one bad week."""
    week, outage = trade.bench.timings.week, 5
    calm = trade.history
    orders = trade.counter((STEADY, calm), (0, outage), (STEADY, week), (0, trade.window))
    fault = (calm + outage + week) * trade.step
    trade.bench.expect(
        "LowOrderVolume",
        {CONFIRMED: orders, UP: f"1x{calm + outage + week + trade.window}"},
        {fault: False, fault + (trade.window - 1) * trade.step: True},
        step=trade.step,
    )


def test_without_a_baseline_there_is_no_alarm(trade: Trade) -> None:
    """A new shop has no usual."""
    series = {CONFIRMED: trade.counter((STEADY, trade.window), (0, 60)), UP: f"1x{trade.window + 60}"}
    trade.bench.expect_never("LowOrderVolume", series, until=(trade.window + 60) * trade.step, step=trade.step)


def test_a_lost_counter_is_a_stop_of_orders(trade: Trade) -> None:
    """The backend answers and no longer exports its orders: as far as anybody can tell, none come."""
    gone = trade.window + 5
    series = {
        CONFIRMED: f"{trade.counter((STEADY, trade.history))} stale",
        UP: f"1x{trade.history + gone}",
    }
    trade.bench.expect("LowOrderVolume", series, {trade.start + gone * trade.step: True}, step=trade.step)
