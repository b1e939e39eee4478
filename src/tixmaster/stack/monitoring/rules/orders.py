"""Are orders placed as usual? The baseline of three weeks, and LowOrderVolume."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import TEAM, Text, annotate
from tixmaster.stack.monitoring.rules.expressions import count, lines, ratio
from tixmaster.stack.monitoring.timings import MINUTE, Timings, span

WEEKS = (1, 2, 3)


def group(config: Config, timings: Timings) -> Group:
    """The rules of `orders.yml`."""
    return Group(name="orders", rules=(*_measured(timings), _low_order_volume(config, timings)))


def _measured(timings: Timings) -> tuple[Recording, ...]:
    window = span(timings.order_window)
    per_minute = f"{MINUTE} / {timings.order_window}"
    return (
        Recording(name=series.ORDER_COUNT, expr=_orders(window)),
        *(
            Recording(
                name=series.ORDER_COUNT_OF_WEEK,
                expr=_orders(window, ago=week * timings.week),
                labels={"week": str(week)},
            )
            for week in WEEKS
        ),
        # The median of three: one promotion or one outage among the weeks does not move it.
        Recording(
            name=series.ORDERS_EXPECTED,
            expr=f"quantile by (env, service) (0.5, {series.ORDER_COUNT_OF_WEEK})",
        ),
        # A service that was down for half of the window owes half of the orders; the outage itself is InstanceDown's.
        Recording(
            name=series.ORDERS_EXPECTED_WHILE_UP,
            expr=f"{series.ORDERS_EXPECTED} * on (env, service) avg_over_time({series.UP}[{window}])",
        ),
        Recording(
            name=series.ORDER_ERROR_RATIO,
            expr=ratio(count(series.FAILED, window), count(series.JUDGED, window)),
        ),
        Recording(name=series.ORDERS_PER_MINUTE, expr=f"{series.ORDER_COUNT} * {per_minute}"),
        Recording(name=series.ORDERS_EXPECTED_PER_MINUTE, expr=f"{series.ORDERS_EXPECTED} * {per_minute}"),
    )


def _low_order_volume(config: Config, timings: Timings) -> Alert:
    """Fewer orders than chance allows, while sales are open and errors do not explain it.

    The last condition makes HighErrorRate's claim on the shortage outlive the errors by the window in which their
    missing orders are still counted; inhibition alone would end with that alert and wake people for a healed fault.
    """
    expected = series.ORDERS_EXPECTED_WHILE_UP
    return Alert(
        name="LowOrderVolume",
        expr=lines(
            f"""
            {series.ORDER_COUNT} < on (env, service) (
              {expected} - {objectives.ORDER_DEVIATIONS} * sqrt({expected})
            )
            and on (env, service) {expected} >= {objectives.MIN_EXPECTED_ORDERS}
            unless on (env, service) max by (env, service) ({series.SALES_OPEN}) == 0
            unless on (env, service) {series.ORDER_ERROR_RATIO} > {objectives.FAST_BURN} * {objectives.ERROR_BUDGET}
            """
        ),
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
                en=f'{{{{ $value | printf "%.0f" }}}} orders in the last {span(timings.order_window)}; the median '
                f"of the same window one, two and three {_period(timings)} ago lies more than "
                f"{objectives.ORDER_DEVIATIONS} standard deviations above that, and errors do not explain it.",
                zh=f'最近 {span(timings.order_window)} 有 {{{{ $value | printf "%.0f" }}}} 筆訂單；前三期（每期 '
                f"{span(timings.week)}）同一視窗的中位數比這高出 {objectives.ORDER_DEVIATIONS} 個標準差以上，"
                "且無法以錯誤解釋。",
            ),
        ),
    )


def _orders(window: str, ago: int = 0) -> str:
    """Confirmed orders in the window; zero rather than absent, so that a lost series cannot hide a stop."""
    offset = f" offset {span(ago)}" if ago else ""
    counted = f"sum by (env, service) (increase({series.ORDERS}{{{series.CONFIRMED}}}[{window}]{offset}))"
    return f'{counted} or 0 * {series.UP}{{service="{series.SERVICE}"}}'


def _period(timings: Timings) -> str:
    return "weeks" if span(timings.week) == "1w" else f"periods of {span(timings.week)}"
