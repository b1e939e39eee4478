"""LowOrderVolume: a stop of orders is found, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from tixmaster.stack.config import Monitoring
from tixmaster.stack.monitoring.series import CALENDAR_FROM, CALENDAR_UNTIL, DRILL_ENDED, ORDERS, REQUESTS, SALES_OPEN
from tixmaster.stack.monitoring.timings import DRILL, HOUR, STANDARD

from .conftest import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tixmaster.stack.config import Config

CONFIRMED = f'{ORDERS}{{service="backend",env="local",outcome="confirmed"}}'
UP = 'up{service="backend",env="local"}'
OPEN = f'{SALES_OPEN}{{service="backend",env="local"}}'
ERRORS = f'{REQUESTS}{{service="backend",env="local",http_route="/api/orders",http_response_status_code="503"}}'
VISITS = f'{REQUESTS}{{service="backend",env="local",http_route="/api/events",http_response_status_code="200"}}'

STEADY = 75.0
"""Orders in one window of steady trade; the alarm lies at 75 − 3.5·√(1.5·75 + (0.05·75)²) = 35.6."""


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


@pytest.fixture
def drilled(tmp_path: Path, settings: Config) -> Trade:
    """The drill profile, in which both windows are one."""
    return Trade(Bench(folder=tmp_path, config=settings, timings=DRILL))


@pytest.fixture
def standard(tmp_path: Path, settings: Config) -> Trade:
    """The standard profile with weeks of an hour."""
    return Trade(Bench(folder=tmp_path, config=settings, timings=replace(STANDARD, week=HOUR)))


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


def test_orders_that_a_drill_kept_away_are_no_alarm(trade: Trade) -> None:
    """For the window in which they are missing; what is still missing then is trouble."""
    window, step, timings = trade.window, trade.step, trade.bench.timings
    orders = trade.counter((STEADY, trade.history), (0, 2 * window))
    length = trade.history + 2 * window
    series = {CONFIRMED: orders, UP: f"1x{length}", OPEN: f"1x{length}", DRILL_ENDED: f"{trade.start}x{length}"}
    over = trade.start + timings.order_window
    trade.bench.expect(
        "LowOrderVolume", series, {over - step: False, over + timings.order_for + 2 * step: True}, step=step
    )


@pytest.mark.parametrize(("share", "alarms"), [(0.5, False), (0.45, True)])
def test_the_line_lies_three_and_a_half_deviations_below_the_usual(drilled: Trade, share: float, alarms: bool) -> None:
    """37 of 75 orders may be chance, 34 are not."""
    trade = drilled
    orders = trade.counter((STEADY, trade.history), (share * STEADY, 2 * trade.window))
    trade.bench.expect(
        "LowOrderVolume",
        {CONFIRMED: orders, UP: f"1x{trade.history + 2 * trade.window}"},
        {trade.start + (2 * trade.window - 2) * trade.step: alarms},
        step=trade.step,
    )


@pytest.mark.parametrize(("usual", "alarms"), [(19, False), (22, True)])
def test_where_little_is_expected_a_stop_says_nothing(drilled: Trade, usual: float, alarms: bool) -> None:
    """At off-peak fewer than 20 orders are expected, and none may be chance."""
    trade = drilled
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
    week, outage = trade.bench.timings.week // trade.step, 5
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


def test_a_morning_stop_is_found_by_the_long_window(standard: Trade) -> None:
    """Ten minutes expect 15 orders, too few; thirty expect 45. It ends soon after orders return, not thirty minutes later."""
    trade = standard
    stopped, after = 3 * trade.window, 3 * trade.window
    orders = trade.counter((15, trade.history), (0, stopped), (15, after))
    healed = trade.start + stopped * trade.step
    trade.bench.expect(
        "LowOrderVolume",
        {CONFIRMED: orders, UP: f"1x{trade.history + stopped + after}"},
        {
            trade.start + 10 * 60: False,
            trade.start + 29 * 60: True,
            healed: True,
            healed + trade.bench.timings.order_window + trade.bench.timings.order_keep + 2 * trade.step: False,
        },
        step=trade.step,
    )


def planned(kind: str, begins: int, ends: int, length: int) -> dict[str, str]:
    """A row of the calendar, as on-call exports it for so many steps until it ends."""
    labels = f'{{service="oncall",env="local",row="1",kind="{kind}",title="t"}}'
    rows = {CALENDAR_FROM: begins, CALENDAR_UNTIL: ends}
    return {f"{name}{labels}": f"{moment}x{length - 1} stale" for name, moment in rows.items()}


@pytest.mark.parametrize("kind", ["campaign", "on-sale"])
def test_weeks_of_a_campaign_are_no_baseline(drilled: Trade, kind: str) -> None:
    """Two busy weeks among the three would make an ordinary one look low; the calendar leaves them out."""
    trade, week = drilled, drilled.bench.timings.week
    lift, ordinary = 2 * week // trade.step, 2 * trade.window
    orders = trade.counter((STEADY, trade.history - lift), (4 * STEADY, lift), (STEADY, ordinary))
    length = trade.history + ordinary
    series = {CONFIRMED: orders, UP: f"1x{length}"}
    end = length * trade.step
    begins, ends = (trade.history - lift) * trade.step, trade.start
    trade.bench.expect("LowOrderVolume", series, {trade.start + trade.window * trade.step: True}, step=trade.step)
    series |= planned(kind, begins, ends, length)
    trade.bench.expect_never("LowOrderVolume", series, until=end, step=trade.step)


def test_a_stop_is_found_although_one_week_is_left_out(drilled: Trade) -> None:
    """Two weeks are a baseline still."""
    trade, back, lift = drilled, 2 * drilled.bench.timings.week, drilled.window
    orders = trade.counter((STEADY, trade.history - back), (4 * STEADY, lift), (STEADY, back - lift), (0, trade.window))
    length = trade.history + trade.window
    series = {CONFIRMED: orders, UP: f"1x{length}"}
    begins = trade.start - back * trade.step
    series |= planned("campaign", begins, begins + lift * trade.step, length)
    fired = {trade.start: False, trade.start + (trade.window - 1) * trade.step: True}
    trade.bench.expect("LowOrderVolume", series, fired, step=trade.step)


def test_the_calendar_is_remembered_while_oncall_is_away(drilled: Trade) -> None:
    """For one long window, and no longer: a restart of on-call does not make campaigns usual weeks."""
    trade, timings = drilled, drilled.bench.timings
    lift, ordinary, gone = 2 * timings.week, 2 * trade.window, 5
    steps = lift // trade.step
    orders = trade.counter((STEADY, trade.history - steps), (4 * STEADY, steps), (STEADY, ordinary))
    series = {CONFIRMED: orders, UP: f"1x{trade.history + ordinary}"}
    series |= planned("on-sale", trade.start - lift, trade.start, trade.history + gone)
    forgotten = trade.start + gone * trade.step + timings.order_long_window
    fired = {forgotten - trade.step: False, forgotten + timings.order_for + 2 * trade.step: True}
    trade.bench.expect("LowOrderVolume", series, fired, step=trade.step)


@pytest.mark.parametrize("reason", ["downtime", "closed"])
def test_after_a_pause_the_long_window_waits_until_it_has_left_it(standard: Trade, reason: str) -> None:
    """On a slow morning the short window cannot show that orders are back; the long one still counts the pause."""
    trade = standard
    pause, after = 2 * trade.window, 4 * trade.window
    orders = trade.counter((15, trade.history), (0, pause), (10, after))
    length = trade.history + pause + after
    series = {CONFIRMED: orders, UP: f"1x{length}"}
    if reason == "downtime":
        series |= planned("downtime", trade.start, trade.start + pause * trade.step, length)
    else:
        series |= {OPEN: trade.up((1, trade.history), (0, pause), (1, after))}
    trade.bench.expect_never("LowOrderVolume", series, until=length * trade.step, step=trade.step)


def test_a_backend_that_has_just_started_does_not_hold_the_rule(drilled: Trade) -> None:
    """It says that nothing is on sale until it has looked."""
    trade = drilled
    stopped = 2 * trade.window
    series = {
        CONFIRMED: trade.counter((STEADY, trade.history), (0, stopped)),
        UP: f"1x{trade.history + stopped}",
        OPEN: trade.up((1, trade.history), (0, 1), (1, stopped - 1)),
    }
    found = {trade.start + (trade.window - 2) * trade.step: True}
    trade.bench.expect("LowOrderVolume", series, found, step=trade.step)


def test_planned_downtime_is_no_alarm(drilled: Trade) -> None:
    """Neither while it lasts nor in the window after it."""
    trade = drilled
    down, after = 2 * trade.window, trade.window
    orders = trade.counter((STEADY, trade.history), (0, down), (STEADY, after))
    length = trade.history + down + after
    series = {CONFIRMED: orders, UP: f"1x{length}"}
    series |= planned("downtime", trade.start, trade.start + down * trade.step, length)
    trade.bench.expect_never("LowOrderVolume", series, until=length * trade.step, step=trade.step)


def test_sales_that_have_just_opened_owe_nothing_yet(drilled: Trade) -> None:
    """The window still holds the time in which nothing could be bought."""
    trade = drilled
    closed, after = 2 * trade.window, 2 * trade.window
    orders = trade.counter((STEADY, trade.history), (0, closed), (STEADY, after))
    length = trade.history + closed + after
    series = {
        CONFIRMED: orders,
        UP: f"1x{length}",
        OPEN: trade.up((1, trade.history), (0, closed), (1, after)),
    }
    trade.bench.expect_never("LowOrderVolume", series, until=length * trade.step, step=trade.step)


def test_more_chance_may_be_allowed_for(drilled: Trade) -> None:
    """`order_deviations` of tixmaster.toml moves the line: what is an alarm with 3.5 is none with 5."""
    settings = msgspec.structs.replace(drilled.bench.config, monitoring=Monitoring(order_deviations=5))
    trade = Trade(replace(drilled.bench, config=settings))
    orders = trade.counter((STEADY, trade.history), (0.45 * STEADY, 2 * trade.window))
    length = trade.history + 2 * trade.window
    trade.bench.expect_never(
        "LowOrderVolume", {CONFIRMED: orders, UP: f"1x{length}"}, until=length * trade.step, step=trade.step
    )
