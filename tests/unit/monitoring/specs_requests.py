"""Alerts about requests, the budget and trade: when each must fire and when not."""

from __future__ import annotations

from tests.unit.monitoring.histories import Figures, Spec, stepwise
from tests.unit.monitoring.spec_words import at_once, brief, each, fixed, lasting, these

from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.timings import Timings

UP, UP_B = 'instance:up:answers{instance="a"}', 'instance:up:answers{instance="b"}'
FAST = 14.4 * 0.005
SHORT, LONG = series.REQUESTS_SHORT, series.REQUESTS_LONG


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
