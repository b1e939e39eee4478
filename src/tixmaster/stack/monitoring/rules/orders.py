"""Are orders placed as usual? The baseline of three weeks, and LowOrderVolume.

An order count is judged over two windows: the short one finds a stop in busy hours soon, the long one finds it in the
morning, when ten minutes hold too few orders to say anything. Each window has a baseline of its own, the same window one,
two and three weeks ago; one scaled from the other would carry its chance along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series, sli
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import TEAM, Text, annotate
from tixmaster.stack.monitoring.rules.expressions import count, drill_ended_within, lines, ratio
from tixmaster.stack.monitoring.timings import MINUTE, Timings, span

WEEKS = (1, 2, 3)
FEWEST_WEEKS = 2
"""One week alone may have been a bad one; with fewer than two left the rule says nothing."""
UNUSUAL = "campaign|on-sale"
"""Kinds of rows of the calendar in which trade says nothing about a usual week."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch over which orders are counted (seconds), and the names under which its series are recorded."""

    seconds: int
    names: series.OrderWindow


def group(config: Config, timings: Timings) -> Group:
    """The rules of `orders.yml`."""
    return Group(name="orders", rules=(*recordings(config, timings), low_order_volume(config, timings)))


def windows(timings: Timings) -> tuple[Window, Window]:
    """The short and the long one."""
    return (
        Window(seconds=timings.order_window, names=series.ORDERS_SHORT),
        Window(seconds=timings.order_long_window, names=series.ORDERS_LONG),
    )


def recordings(config: Config, timings: Timings) -> tuple[Recording, ...]:
    """What the alert and the panels are made of, for every service that sells."""
    short, _ = windows(timings)
    per_minute = f"{MINUTE} / {short.seconds}"
    return (
        *(recording for window in windows(timings) for recording in _of_window(config, window, timings)),
        Recording(name=series.ORDERS_PER_MINUTE, expr=f"{short.names.count} * {per_minute}"),
        Recording(name=series.ORDERS_EXPECTED_PER_MINUTE, expr=f"{short.names.expected} * {per_minute}"),
    )


def _of_window(config: Config, window: Window, timings: Timings) -> Iterator[Recording]:
    names, length = window.names, span(window.seconds)
    selling = sli.orders(config)
    for source in selling:
        yield Recording(name=names.count, expr=_orders(source, length), labels={"service": source.service})
    for source in selling:
        for week in WEEKS:
            ago = week * timings.week
            yield Recording(
                name=names.of_week,
                expr=f"({_orders(source, length, ago)})\n"
                f"unless on () {_planned(UNUSUAL, timings, ago=ago, window=window)}",
                labels={"service": source.service, "week": str(week)},
            )
    # The median: one outage among the weeks, or one promotion that nobody wrote down, does not move it.
    yield Recording(
        name=names.expected,
        expr=f"quantile by (env, service) (0.5, {names.of_week})\n"
        f"and on (env, service) count by (env, service) ({names.of_week}) >= {FEWEST_WEEKS}",
    )
    # A service that was down for half of the window owes half of the orders; the outage itself is InstanceDown's.
    yield Recording(
        name=names.expected_while_up,
        expr=f"{names.expected} * on (env, service) avg_over_time({series.UP}[{length}])",
    )
    for http in sli.http(config):
        if http.service in {source.service for source in selling}:
            yield Recording(
                name=names.error_ratio,
                expr=ratio(count(http.failed, length, http.requests), count(http.judged, length, http.requests)),
                labels={"service": http.service},
            )


def low_order_volume(config: Config, timings: Timings) -> Alert:
    """Fewer orders than chance allows, while sales are open, nothing is planned and errors do not explain it.

    The orders that a drill kept away are missing from the short window for its length; that is no trouble, either.
    The condition on errors makes HighErrorRate's claim on the shortage outlive the errors by the window in which their
    missing orders are still counted; inhibition alone would end with that alert and wake people for a healed fault.
    """
    short, long = windows(timings)
    deviations = config.monitoring.order_deviations
    return Alert(
        name="LowOrderVolume",
        # The long window misses the orders of an outage for long after its end; the short one shows that they are back.
        expr=f"""(
{_shortage(short, deviations, timings)}
or on (env, service)
{_shortage(long, deviations, timings)}
and on (env, service) {short.names.count} < on (env, service) ({objectives.BACK_TO_USUAL} * {short.names.expected_while_up})
)
unless on () {drill_ended_within(short.seconds)}
""",
        hold=timings.order_for,
        keep=timings.order_keep,
        severity="critical",
        labels={"team": TEAM},
        annotations=annotate(
            config,
            "LowOrderVolume",
            summary=Text(
                en="{{ $labels.service }} sells far fewer tickets than usual",
                zh="{{ $labels.service }} 的訂單遠少於平常",
            ),
            description=Text(
                en=f"{{{{ $value | humanizePercentage }}}} of the usual orders came (windows of {span(short.seconds)} and "
                f"{span(long.seconds)}): the median of the same window one, two and three {_period(timings)} ago lies more "
                f"than {deviations:g} standard deviations above what came, and errors do not explain it.",
                zh=f"訂單只有平常的 {{{{ $value | humanizePercentage }}}}（視窗 {span(short.seconds)} 與 "
                f"{span(long.seconds)}）：前三期（每期 {span(timings.week)}）同一視窗的中位數比實際高出 "
                f"{deviations:g} 個標準差以上，且無法以錯誤解釋。",
            ),
        ),
    )


def _shortage(window: Window, deviations: float, timings: Timings) -> str:
    """The share of the usual orders that came, where it is less than chance allows and nothing explains it: no errors,
    no closed sales, no planned downtime in the same window, whose missing orders it still counts when they are over."""
    names = window.names
    expected = names.expected_while_up
    return lines(
        f"""
        (
          (
            {names.count} < on (env, service) ({expected} - {deviations:g} * {_chance(expected)})
            and on (env, service) {expected} >= {objectives.MIN_EXPECTED_ORDERS}
            unless on (env, service) {names.error_ratio} > {objectives.FAST_BURN} * {objectives.ERROR_BUDGET}
            unless on (env, service) {_closed(window)}
            unless on () {_planned("downtime", timings, ago=0, window=window)}
          )
          / on (env, service) {expected}
        )
        """
    ).rstrip()


def _chance(expected: str) -> str:
    """One standard deviation of a count against the median of three weeks (`objectives`)."""
    return f"sqrt({objectives.COUNTING_NOISE} * {expected} + ({objectives.WEEK_TO_WEEK} * {expected}) ^ 2)"


def _closed(window: Window) -> str:
    """Where nothing could be bought for so much of the window that orders may be missing for it.

    Not where it was so for a moment: a backend that has just started says that nothing is on sale until it has looked.
    """
    share = f"quantile_over_time({objectives.SALES_CLOSED}, {series.SALES_OPEN}[{span(window.seconds)}])"
    return f"max by (env, service) ({share}) == 0"


def _planned(kinds: str, timings: Timings, *, ago: int, window: Window) -> str:
    """Present where a row of the calendar of these kinds reached into the window that ended `ago` seconds ago.

    The rows are asked for as they stand now, so one that was written down afterwards counts as well. While on-call,
    which exports them, is away they hold for as long as a long window.
    """
    end = f"time() - {ago}" if ago else "time()"
    begins, ends = (
        f'last_over_time({name}{{kind=~"{kinds}"}}[{span(timings.order_long_window)}])'
        for name in (series.CALENDAR_FROM, series.CALENDAR_UNTIL)
    )
    return f"count({begins} <= {end} and {ends} > time() - {ago + window.seconds})"


def _orders(source: sli.Orders, window: str, ago: int = 0) -> str:
    """Confirmed orders in the window; zero rather than absent, so that a lost series cannot hide a stop."""
    offset = f" offset {span(ago)}" if ago else ""
    counted = f"sum by (env, service) (increase({source.counter}{{{source.confirmed}}}[{window}]{offset}))"
    return f"{counted} or 0 * {series.UP}{{{sli.braces({'service': source.service})}}}"


def _period(timings: Timings) -> str:
    return "weeks" if span(timings.week) == "1w" else f"periods of {span(timings.week)}"
