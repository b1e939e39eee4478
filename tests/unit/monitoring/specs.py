"""The table of all alerts: when each must fire and when not. LowOrderVolume, AlertUnattended and the database's have tests of
their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.unit.monitoring.histories import CALM_STEPS, Figures, History, Spec, histories, stepwise

from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.timings import Timings

UP, UP_B = 'instance:up:answers{instance="a"}', 'instance:up:answers{instance="b"}'
FAST = 14.4 * 0.005
SHORT, LONG = series.REQUESTS_SHORT, series.REQUESTS_LONG


def fixed(**figures: float) -> Figures:
    """The same figures in both profiles; `__` stands for a colon."""
    return lambda _: {name.replace("__", ":"): value for name, value in figures.items()}


def these(figures: Mapping[str, float]) -> Figures:
    return lambda _: figures


def brief(timings: Timings) -> int:
    return timings.brief_for


def lasting(timings: Timings) -> int:
    return timings.lasting_for


def at_once(_: Timings) -> int:
    return 0


def each(*figures: Mapping[str, float]) -> tuple[Figures, ...]:
    return tuple(these(one) for one in figures)


def tier(number: int, value: float) -> dict[str, float]:
    return {f'{series.TIER_SHORT}{{tier="{number}"}}': value, f'{series.TIER_LONG}{{tier="{number}"}}': value}


def minutely(timings: Timings) -> int:
    return 60 if timings.scrape > 1 else 1


def orders(failed: float, confirmed: float, all_failures: float = 0) -> Figures:
    """Orders in the long error window, and the share of all requests that fail."""
    return lambda t: {
        series.ERROR_RATIO: all_failures,
        f'{series.ORDERS}{{outcome="failed"}}': failed / t.error_long_window,
        f'{series.ORDERS}{{outcome="confirmed"}}': confirmed / t.error_long_window,
        f'{series.ORDERS}{{outcome="declined"}}': 500 / t.error_long_window,
    }


def payments(failed: float, succeeded: float) -> Figures:
    """Payments in the window."""
    return lambda t: {
        f'{series.PAYMENTS}{{provider="p",outcome="failed"}}': failed / t.payment_window,
        f'{series.PAYMENTS}{{provider="p",outcome="succeeded"}}': succeeded / t.payment_window,
        f'{series.PAYMENTS}{{provider="p",outcome="refunded"}}': 300 / t.payment_window,
    }


def checkouts(failed: float, ok: float) -> Figures:
    """Test purchases of on-call in the window, and the backend's note of one."""
    return lambda t: {
        f'{series.CHECKOUTS}{{outcome="failed"}}': failed / t.checkout_window,
        f'{series.CHECKOUTS}{{outcome="ok"}}': ok / t.checkout_window,
        series.PROBE_SUCCESS: 0,
    }


AVAILABILITY = (
    Spec(
        alert="InstanceDown",
        severity="critical",
        good=fixed(service__up__max=1),
        bad=fixed(service__up__max=0),
        hold=lambda t: t.instance_down_for,
    ),
    Spec(
        alert="InstanceDown",
        severity="warning",
        good=these({UP: 1, UP_B: 1, series.UP: 1}),
        bad=these({UP: 0, UP_B: 1, series.UP: 1}),
        spared=(these({UP_B: 0, series.UP: 0}),),
        hold=lambda t: t.instance_down_for,
        tail=lambda t: t.restart_window,
    ),
    Spec(
        alert="ServiceDown",
        severity="critical",
        good=fixed(service__up__max=1),
        bad=fixed(service__up__max=0),
        hold=lambda t: t.service_down_for,
    ),
    Spec(
        alert="HighErrorRate",
        severity="critical",
        good=these({series.ERROR_RATIO: 0, series.ERRORS_LONG: 0, SHORT: 1000, LONG: 9000}),
        bad=these({series.ERROR_RATIO: 0.073, series.ERRORS_LONG: 657, SHORT: 20, LONG: 9000}),
        spared=each(
            {series.ERROR_RATIO: FAST},
            {series.ERRORS_LONG: FAST, LONG: 1},
            {SHORT: 19},
            {LONG: 0, series.ERRORS_LONG: 0},
        ),
        hold=lambda t: t.error_for,
    ),
    Spec(
        alert="HighErrorRate",
        severity="critical",
        good=these(tier(2, 0)),
        bad=these(tier(2, 0.0301)),
        spared=each(*({name: 0.03} for name in tier(2, 0))),
        hold=lambda t: t.error_for,
    ),
    Spec(
        alert="HighLatency",
        severity="warning",
        good=these({series.LATENCY_P95: 0.2, SHORT: 1000}),
        bad=these({series.LATENCY_P95: 0.51, SHORT: 20}),
        spared=(these({series.LATENCY_P95: 0.5}), these({SHORT: 19})),
        hold=lasting,
    ),
    Spec(
        alert="SyntheticCheckoutFailing",
        severity="critical",
        good=checkouts(0, 5),
        bad=checkouts(3.2, 0),
        spared=(checkouts(2.8, 0), checkouts(3.2, 1)),
        hold=brief,
        early=lambda t: 270 if t.scrape > 1 else 290,
        lead=lambda _: 290,
        tail=lambda t: t.checkout_window,
        step=lambda t: 15 if t.scrape > 1 else 5,
    ),
)

BUDGET = (
    *(
        Spec(
            alert="ErrorBudgetBurnSlow",
            severity="warning",
            good=these(tier(number, 0)),
            bad=these(tier(number, limit * 1.02)),
            spared=each(*({name: limit} for name in tier(number, 0))),
            hold=lasting,
        )
        for number, limit in ((3, 0.015), (4, 0.005))
    ),
    Spec(
        alert="ErrorBudgetExhausted",
        severity="warning",
        good=these({series.BUDGET_SPENT: 0.2, series.MONTH_REQUESTS: 90000}),
        bad=these({series.BUDGET_SPENT: 1.01, series.MONTH_REQUESTS: 2000}),
        spared=(these({series.BUDGET_SPENT: 1}), these({series.MONTH_REQUESTS: 1999})),
        hold=lasting,
    ),
)

BUSINESS = (
    Spec(
        alert="OrderSuccessRatioLow",
        severity="critical",
        good=orders(0, 1000),
        bad=orders(55, 945, FAST),
        spared=(orders(48, 952, FAST), orders(55, 945, FAST * 1.001)),
        hold=lasting,
        early=lambda t: t.error_long_window * 9 // 10 - minutely(t),
        lead=lambda t: t.error_long_window,
        step=minutely,
    ),
    Spec(
        alert="OrderSuccessRatioLow",
        severity="critical",
        good=orders(0, 21),
        bad=orders(10, 11),
        spared=(orders(9, 10),),
        hold=lasting,
        lead=lambda t: t.error_long_window,
        tail=lambda t: t.error_short_window,
        step=minutely,
    ),
    Spec(
        alert="PaymentFailureRateHigh",
        severity="critical",
        good=payments(0, 1000),
        bad=payments(220, 780),
        spared=(payments(195, 805),),
        hold=brief,
        early=lambda t: t.payment_window * 9 // 10 - stepwise(t),
        lead=lambda t: t.payment_window,
        tail=lambda t: t.payment_window // 10,
    ),
    Spec(
        alert="PaymentFailureRateHigh",
        severity="critical",
        good=payments(0, 21),
        bad=payments(10, 11),
        spared=(payments(9, 10),),
        hold=brief,
        lead=lambda t: t.payment_window,
        tail=lambda t: t.payment_window,
    ),
    Spec(
        alert="OversellDetected",
        severity="critical",
        good=fixed(ticketing_oversold_seats=0),
        bad=fixed(ticketing_oversold_seats=1),
        hold=at_once,
    ),
    Spec(
        alert="OversellDetected",
        severity="warning",
        good=fixed(ticketing_stock_differences=0),
        bad=fixed(ticketing_stock_differences=1),
        hold=brief,
    ),
    Spec(
        alert="ReservationBacklogStuck",
        severity="warning",
        good=fixed(ticketing_oldest_expired_hold_age_seconds=0),
        bad=fixed(ticketing_oldest_expired_hold_age_seconds=121),
        spared=(fixed(ticketing_oldest_expired_hold_age_seconds=120),),
        hold=brief,
    ),
)

APPLICATION = (
    Spec(
        alert="DbPoolSaturated",
        severity="warning",
        good=fixed(ticketing_db_pool_waiting=0),
        bad=fixed(ticketing_db_pool_waiting=1),
        hold=brief,
    ),
    Spec(
        alert="FileDescriptorsHigh",
        severity="warning",
        good=fixed(process_open_fds=100, process_max_fds=1000),
        bad=fixed(process_open_fds=801, process_max_fds=1000),
        spared=(fixed(process_open_fds=800), fixed(process_max_fds=0)),
        hold=lasting,
    ),
)


def rule_failures(each_window: float, seconds: float = 0) -> Figures:
    return lambda t: {
        "prometheus_rule_evaluation_failures_total": each_window / t.delivery_window,
        "prometheus_rule_group_last_duration_seconds": seconds,
        "prometheus_rule_group_interval_seconds": 5,
    }


def notifications(failed: float, oncall: float = 1) -> Figures:
    return lambda t: {
        'alertmanager_notifications_failed_total{integration="webhook"}': failed / t.delivery_window,
        f'{series.UP}{{service="oncall"}}': oncall,
    }


PIPELINE = (
    Spec(
        alert="PrometheusRuleFailures",
        severity="critical",
        good=rule_failures(0),
        bad=rule_failures(5),
        hold=brief,
        tail=lambda t: t.delivery_window,
    ),
    Spec(
        alert="PrometheusRuleFailures",
        severity="critical",
        good=rule_failures(0, 1),
        bad=rule_failures(0, 5.1),
        spared=(rule_failures(0, 5),),
        hold=brief,
    ),
    Spec(
        alert="PrometheusNotConnectedToAlertmanager",
        severity="critical",
        good=fixed(prometheus_notifications_alertmanagers_discovered=1),
        bad=fixed(prometheus_notifications_alertmanagers_discovered=0),
        hold=brief,
    ),
    *(
        Spec(
            alert="ConfigReloadFailed",
            severity="warning",
            good=these({f"{server}_config_last_reload_successful": 1}),
            bad=these({f"{server}_config_last_reload_successful": 0}),
            hold=brief,
        )
        for server in ("prometheus", "alertmanager")
    ),
    Spec(
        alert="AlertmanagerNotificationsFailing",
        severity="critical",
        good=notifications(0),
        bad=notifications(2.2),
        spared=(notifications(1.8), notifications(2.2, 0)),
        hold=at_once,
        lead=lambda t: t.delivery_window,
        tail=lambda t: t.delivery_window,
    ),
    *(
        Spec(
            alert="OncallBacklog",
            severity="warning",
            good=these({name: 0}),
            bad=these({name: limit + 1}),
            spared=(these({name: limit}),),
            hold=brief,
        )
        for name, limit in ((series.QUEUE_AGE, 30), (series.OUTBOX_AGE, 60))
    ),
    Spec(
        alert="TooManySeries",
        severity="warning",
        good=fixed(scrape_samples_scraped=3000),
        bad=fixed(scrape_samples_scraped=10001),
        spared=(fixed(scrape_samples_scraped=10000),),
        hold=brief,
    ),
)

RESTARTING = Spec(
    alert="InstanceRestarting",
    severity="warning",
    good=fixed(process_start_time_seconds=7),
    bad=fixed(process_start_time_seconds=7),
    hold=at_once,
)


def comings_and_goings(timings: Timings) -> Iterator[History]:
    """What is counted in changes: an instance that comes and goes, a process that begins anew."""
    step, window = stepwise(timings), timings.restart_window
    changed = CALM_STEPS * step

    def history(spec: Spec, what: str, values: str, hold: int, *, fires: bool) -> History:
        moments = {changed - step: False, changed + 6 * step + hold: fires, changed + window: False}
        return History(spec=spec, what=what, series={next(iter(spec.good(timings))): values}, fires=moments)

    calm, after = f"7x{CALM_STEPS - 1}", window // step + 30
    yield history(RESTARTING, "starts 3 times", f"{calm} 8 8 9 9 10x{after}", 0, fires=True)
    yield history(RESTARTING, "starts twice", f"{calm} 8 8 9x{after}", 0, fires=False)
    yield history(RESTARTING, "clock was set", f"{calm} 9999x{after}", 0, fires=False)
    flapping = next(spec for spec in AVAILABILITY if spec.key == ("InstanceDown", "warning"))
    up = f"1x{CALM_STEPS - 1}"
    for what, values, fires in (
        ("flaps thrice", f"{up} 0 1 0 1 0 1x{after}", True),
        ("flaps twice", f"{up} 0 1 0 1x{after}", False),
        ("flaps and stays down", f"{up} 0 1 0 1 0x{after}", True),
    ):
        found = history(flapping, what, values, timings.instance_down_for, fires=fires)
        series_of = {**found.series, UP_B: f"1x{after + 20}", series.UP: f"1x{after + 20}"}
        ends = {} if what.endswith("down") else found.fires
        yield History(spec=flapping, what=what, series=series_of, fires=ends or dict(list(found.fires.items())[:2]))


def all_histories(timings: Timings) -> Iterator[History]:
    """Every history of every alert in the table."""
    for spec in SPECS:
        yield from histories(spec, timings)
    yield from comings_and_goings(timings)


SPECS: tuple[Spec, ...] = (*AVAILABILITY, *BUDGET, *BUSINESS, *APPLICATION, *PIPELINE)
KEYS = {*(spec.key for spec in SPECS), RESTARTING.key}
APART = {
    ("HttpMetricsAbsent", "critical"),
    ("Watchdog", "none"),
    ("AlertUnattended", "critical"),
    ("LowOrderVolume", "critical"),
}
"""Alerts whose histories no table can say: they have tests of their own."""
