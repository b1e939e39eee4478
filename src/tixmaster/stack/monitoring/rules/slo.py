"""The objective of 99.5 % over 30 days: the slower burn tiers and the budget, computed from counts of events.

The group runs once a minute and notes how many requests there were, and how many failed. Days and the month are sums of
these notes, which costs a millisecond; the counters themselves would cost half a million samples a series. What happens
in a drill is not noted, so that practice spends no budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series, sli
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import Text, alert
from tixmaster.stack.monitoring.rules.availability import burning
from tixmaster.stack.monitoring.rules.expressions import drill_within, lines, ratio
from tixmaster.stack.monitoring.rules.requests import increments
from tixmaster.stack.monitoring.timings import Timings, span


def group(config: Config, timings: Timings) -> Group:
    """The rules of `slo.yml`."""
    return Group(
        name="slo",
        interval=timings.slo_interval,
        rules=(
            *(rule for source in sli.http(config) for rule in _noted(source, timings)),
            *(rule for tier in objectives.BURN_OF_TIER for rule in _tier(tier, timings)),
            *_month(timings),
            _burn_slow(config, timings),
            _exhausted(config, timings),
        ),
    )


def _noted(source: sli.Http, timings: Timings) -> Iterator[Recording]:
    requests, failed = increments(source, span(timings.slo_interval))
    for name, expr in ((series.REQUESTS_COUNTED, requests), (series.ERRORS_COUNTED, failed)):
        practice = f"unless on () {drill_within(2 * timings.slo_interval)}"
        yield Recording(name=name, expr=f"({expr})\n{practice}", labels={"service": source.service})


def _tier(tier: int, timings: Timings) -> Iterator[Recording]:
    """The shares of failed requests in both windows of a tier, each absent while it would say nothing.

    Short: below the gate. Long: while the notes do not reach back into its older half, because a young Prometheus would
    take one bad minute for the whole of its memory.
    """
    short, long = timings.burn_windows[tier]
    labels = {"tier": str(tier)}
    yield Recording(
        name=series.TIER_SHORT,
        expr=f"{_sum(series.ERRORS_COUNTED, short)} / ({_sum(series.REQUESTS_COUNTED, short)} >= {objectives.MIN_REQUESTS})",
        labels=labels,
    )
    half = span(long // 2)
    yield Recording(
        name=series.TIER_LONG,
        expr=lines(
            f"""
            {ratio(_sum(series.ERRORS_COUNTED, long), _sum(series.REQUESTS_COUNTED, long))}
            and on (env, service) present_over_time({series.REQUESTS_COUNTED}[{half}] offset {half})
            """
        ),
        labels=labels,
    )


def _month(timings: Timings) -> Iterator[Recording]:
    window = timings.budget_window
    yield Recording(name=series.MONTH_REQUESTS, expr=_sum(series.REQUESTS_COUNTED, window))
    allowed = f"{objectives.ERROR_BUDGET} * ({series.MONTH_REQUESTS} > 0)"
    yield Recording(name=series.BUDGET_SPENT, expr=f"{_sum(series.ERRORS_COUNTED, window)} / ({allowed})")


def _sum(notes: str, window: int) -> str:
    return f"sum_over_time({notes}[{span(window)}])"


def _burn_slow(config: Config, timings: Timings) -> Alert:
    third, fourth = (" / ".join(span(window) for window in timings.burn_windows[tier]) for tier in (3, 4))
    burns = objectives.BURN_OF_TIER
    return alert(
        config,
        "ErrorBudgetBurnSlow",
        f"""
        {burning(3)}
        or on (env, service) {burning(4)}
        """,
        hold=timings.lasting_for,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} spends its error budget too fast ({{ $value | humanizePercentage }} fail)",
            zh="{{ $labels.service }} 的錯誤預算消耗過快（{{ $value | humanizePercentage }} 失敗）",
        ),
        description=Text(
            en=f"Over {third} more than {burns[3]:g} times too fast, or over {fourth} more than {burns[4]:g} times. "
            "Unattended, the month's budget does not last.",
            zh=f"於 {third} 超過 {burns[3]:g} 倍，或於 {fourth} 超過 {burns[4]:g} 倍。若置之不理，當月的預算不敷使用。",
        ),
    )


def _exhausted(config: Config, timings: Timings) -> Alert:
    days = span(timings.budget_window)
    objective = f"{1 - objectives.ERROR_BUDGET:.1%}".replace("%", " %")
    return alert(
        config,
        "ErrorBudgetExhausted",
        f"""
        {series.BUDGET_SPENT} > 1
        and on (env, service) {series.MONTH_REQUESTS} >= {objectives.MIN_MONTH_REQUESTS}
        """,
        hold=timings.lasting_for,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} has spent {{ $value | humanizePercentage }} of its error budget",
            zh="{{ $labels.service }} 已用去錯誤預算的 {{ $value | humanizePercentage }}",
        ),
        description=Text(
            en=f"Within {days} more requests failed than the objective of {objective} permits. Take no risks until "
            "older failures leave the window.",
            zh=f"{days} 內失敗的請求已超過 {objective} 目標所容許的數量。在較早的失敗離開視窗之前，請勿冒險變更。",
        ),
    )
