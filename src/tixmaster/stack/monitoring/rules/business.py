"""Can those who want to buy do so, and are the books right? The volume of orders is `orders.py`'s."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group
from tixmaster.stack.monitoring.rules.annotations import Text, alert
from tixmaster.stack.monitoring.rules.expressions import drill_ended_within
from tixmaster.stack.monitoring.timings import Timings, span


def group(config: Config, timings: Timings) -> Group:
    """The rules of `business.yml`."""
    return Group(
        name="business",
        rules=(
            _order_success_ratio_low(config, timings),
            _payment_failure_rate_high(config, timings),
            _oversell_detected(config),
            _stock_differs(config, timings),
            _reservation_backlog_stuck(config, timings),
        ),
    )


def _order_success_ratio_low(config: Config, timings: Timings) -> Alert:
    """Declined orders do not count: after a sale has sold out, thousands are declined, and rightly.

    The hour's count makes the ratio sound at night, too; the short window ends the alert soon after the failures end.
    Where all requests fail, HighErrorRate speaks.
    """
    short, long = span(timings.error_short_window), span(timings.error_long_window)
    limit = f"{objectives.ORDER_FAILURES:g}"

    def orders(outcome: str, window: str) -> str:
        return f'sum by (env, service) (increase({series.ORDERS}{{outcome=~"{outcome}"}}[{window}]) >= 0)'

    def failed(window: str) -> str:
        return f"{orders('failed', window)} / ({orders('failed|confirmed', window)} > 0) > {limit}"

    return alert(
        config,
        "OrderSuccessRatioLow",
        f"""
        {failed(long)}
        and on (env, service) {failed(short)}
        and on (env, service) {orders("failed|confirmed", long)} >= {objectives.MIN_REQUESTS}
        unless on (env, service) {series.ERROR_RATIO} > {objectives.FAST_BURN} * {objectives.ERROR_BUDGET}
        unless on () {drill_ended_within(timings.error_short_window)}
        """,
        hold=timings.lasting_for,
        severity="critical",
        summary=Text(
            en="{{ $value | humanizePercentage }} of the orders at {{ $labels.service }} fail",
            zh="{{ $labels.service }} 有 {{ $value | humanizePercentage }} 的訂單失敗",
        ),
        description=Text(
            en=f"Of the orders that could have been confirmed, more than {objectives.ORDER_FAILURES:.0%} failed by our "
            f"fault within {long}, and within {short} as well. Declined ones (sold out, closed, over the limit) do not "
            "count.",
            zh=f"可成立的訂單中，於 {long} 與 {short} 內因系統問題失敗者皆超過 {objectives.ORDER_FAILURES:.0%}。"
            "被拒絕者（售完、已結束、超過限購）不計。",
        ),
    )


def _payment_failure_rate_high(config: Config, timings: Timings) -> Alert:
    window = span(timings.payment_window)

    def payments(outcome: str) -> str:
        return f'sum by (env, service) (increase({series.PAYMENTS}{{outcome=~"{outcome}"}}[{window}]) >= 0)'

    tried = payments("succeeded|failed|late")
    return alert(
        config,
        "PaymentFailureRateHigh",
        f"""
        {payments("failed")} / ({tried} > 0) > {objectives.PAYMENT_FAILURES:g}
        and on (env, service) {tried} >= {objectives.MIN_REQUESTS}
        unless on () {drill_ended_within(timings.payment_window)}
        """,
        hold=timings.brief_for,
        severity="critical",
        summary=Text(
            en="{{ $value | humanizePercentage }} of the payments at {{ $labels.service }} fail",
            zh="{{ $labels.service }} 有 {{ $value | humanizePercentage }} 的付款失敗",
        ),
        description=Text(
            en=f"More than {objectives.PAYMENT_FAILURES:.0%} of the payments of the last {window}. Buyers mistype, but "
            "not so many: the provider refuses, or cannot be reached.",
            zh=f"最近 {window} 的付款失敗超過 {objectives.PAYMENT_FAILURES:.0%}。買家輸入錯誤不至於如此頻繁："
            "金流服務拒絕付款，或無法連線。",
        ),
    )


def _oversell_detected(config: Config) -> Alert:
    return alert(
        config,
        "OversellDetected",
        f"max by (env, service) ({series.OVERSOLD}) > 0",
        hold=0,
        severity="critical",
        summary=Text(
            en="{{ $labels.service }} has sold {{ $value }} seats more than there are",
            zh="{{ $labels.service }} 超賣 {{ $value }} 個座位",
        ),
        description=Text(
            en="The stocktaking found ticket types with more seats sold than exist. Each further sale makes it worse.",
            zh="盤點發現有票種的售出座位多於實際座位；繼續販售只會更糟。",
        ),
    )


def _stock_differs(config: Config, timings: Timings) -> Alert:
    """The books do not add up, but nobody's seat is sold twice: a warning under the same name."""
    return alert(
        config,
        "OversellDetected",
        f"max by (env, service) ({series.STOCK_DIFFERENCES}) > 0",
        hold=timings.brief_for,
        severity="warning",
        summary=Text(
            en="The stock of {{ $value }} ticket types at {{ $labels.service }} does not add up",
            zh="{{ $labels.service }} 有 {{ $value }} 個票種的帳目不符",
        ),
        description=Text(
            en="Free, held and sold seats do not make up the total. Nobody has lost a seat yet.",
            zh="可售、保留與售出座位合計與總數不符；尚無人失去座位。",
        ),
    )


def _reservation_backlog_stuck(config: Config, timings: Timings) -> Alert:
    limit = objectives.EXPIRED_HOLD_SECONDS
    return alert(
        config,
        "ReservationBacklogStuck",
        f"max by (env, service) ({series.OLDEST_EXPIRED_HOLD}) > {limit}",
        hold=timings.brief_for,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} does not give back the seats of expired holds",
            zh="{{ $labels.service }} 未釋回逾期保留的座位",
        ),
        description=Text(
            en=f"The oldest hold ran out {{{{ $value | humanizeDuration }}}} ago; {limit} seconds is the most that the "
            "sweeper may need.",
            zh=f"最久的保留已逾期 {{{{ $value | humanizeDuration }}}}；清理工作最多僅應需 {limit} 秒。",
        ),
    )
