"""Do the services answer, and do their answers succeed? What is measured, then InstanceDown and HighErrorRate."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import TEAM, Text, annotate
from tixmaster.stack.monitoring.rules.expressions import count, lines, ratio
from tixmaster.stack.monitoring.timings import Timings, span

UP_EXPRESSION = "max by (env, service) (up)"


def group(config: Config, timings: Timings) -> Group:
    """The rules of `availability.yml`."""
    return Group(name="availability", rules=(*_measured(timings), *_alerts(config, timings)))


def _measured(timings: Timings) -> tuple[Recording, ...]:
    short, long, rate = (
        span(window) for window in (timings.error_short_window, timings.error_long_window, timings.rate_window)
    )
    return (
        Recording(name=series.UP, expr=UP_EXPRESSION),
        Recording(name=series.REQUESTS_SHORT, expr=count(series.JUDGED, short)),
        Recording(name=series.REQUESTS_LONG, expr=count(series.JUDGED, long)),
        Recording(name=series.ERRORS_SHORT, expr=f"{count(series.FAILED, short)} or 0 * {series.REQUESTS_SHORT}"),
        Recording(name=series.ERRORS_LONG, expr=f"{count(series.FAILED, long)} or 0 * {series.REQUESTS_LONG}"),
        Recording(name=series.ERROR_RATIO, expr=ratio(series.ERRORS_SHORT, series.REQUESTS_SHORT)),
        Recording(
            name=series.REQUEST_RATE,
            expr=f"sum by (env, service, class) (label_replace(\n"
            f"  rate({series.REQUESTS}{{{series.JUDGED}}}[{rate}]),\n"
            f'  "class", "${{1}}xx", "http_response_status_code", "(.).."\n'
            f"))",
        ),
        Recording(
            name=series.LATENCY_P95,
            expr=f"histogram_quantile(0.95, "
            f"sum by (env, service, le) (rate({series.LATENCY_BUCKETS}{{{series.JUDGED}}}[{rate}])))",
        ),
        Recording(
            name=series.VISIT_RATE,
            expr=f"sum by (env, service) (rate({series.REQUESTS}{{{series.VISITS}}}[{rate}]))",
        ),
    )


def _alerts(config: Config, timings: Timings) -> tuple[Alert, ...]:
    """The errors of a drill that has just ended are still in the short window of HighErrorRate; they are no trouble."""
    burn = f"{objectives.FAST_BURN} * {objectives.ERROR_BUDGET}"
    return (
        Alert(
            name="InstanceDown",
            # Critical, because no instance of the service answers: `max` spares a service that has others left.
            expr=f"{series.UP} == 0",
            hold=timings.instance_down_for,
            severity="critical",
            labels={"team": TEAM},
            annotations=annotate(
                config,
                "InstanceDown",
                summary=Text(en="{{ $labels.service }} is down", zh="{{ $labels.service }} 停止服務"),
                description=Text(
                    en=f"Prometheus has reached no instance of {{{{ $labels.service }}}} for "
                    f"{span(timings.instance_down_for)}: the process is gone, hangs, or its port is closed.",
                    zh=f"Prometheus 已 {span(timings.instance_down_for)} 連不到 {{{{ $labels.service }}}} 的任何實例："
                    "行程已結束、沒有回應，或連接埠已關閉。",
                ),
            ),
        ),
        Alert(
            name="HighErrorRate",
            expr=lines(
                f"""
                {series.ERROR_RATIO} > {burn}
                and on (env, service) {ratio(series.ERRORS_LONG, series.REQUESTS_LONG)} > {burn}
                and on (env, service) {series.REQUESTS_SHORT} >= {objectives.MIN_REQUESTS}
                unless on () time() - max({series.DRILL_ENDED}) < {timings.error_short_window}
                """
            ),
            hold=timings.error_for,
            severity="critical",
            labels={"team": TEAM},
            annotations=annotate(
                config,
                "HighErrorRate",
                summary=Text(
                    en="{{ $labels.service }} answers {{ $value | humanizePercentage }} errors",
                    zh="{{ $labels.service }} 有 {{ $value | humanizePercentage }} 的請求失敗",
                ),
                description=Text(
                    en=f"Of the requests of the last {span(timings.error_short_window)}, "
                    f"{{{{ $value | humanizePercentage }}}} failed with 5xx; the month's error budget burns more than "
                    f"{objectives.FAST_BURN} times too fast, over {span(timings.error_long_window)} as well.",
                    zh=f"最近 {span(timings.error_short_window)} 的請求有 {{{{ $value | humanizePercentage }}}} 以 5xx 失敗；"
                    f"本月錯誤預算的消耗速度超過 {objectives.FAST_BURN} 倍，"
                    f"{span(timings.error_long_window)} 的視窗亦然。",
                ),
            ),
        ),
    )
