"""The recording rules and alerts, in the groups of the rule files: `availability`, `business`, `pipeline`.

Every expression is one function of `Timings`, so that both profiles run the same rules. All results carry the labels
`env` and `service` and nothing else: one alert, one fingerprint and one incident for each service.
"""

from __future__ import annotations

from textwrap import dedent

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.panels import DASHBOARD_UID, panels_for
from tixmaster.stack.monitoring.timings import MINUTE, Timings, span

WEEKS = (1, 2, 3)

UP_EXPRESSION = "max by (env, service) (up)"

TEAM = '{{ if eq $labels.service "backend" }}backend{{ else }}platform{{ end }}'
"""Who owns the service in the alert's labels."""


def groups(config: Config, timings: Timings) -> tuple[Group, ...]:
    """Every rule of the system, one group for each rule file."""
    return (
        Group(name="availability", rules=(*_availability(timings), *_availability_alerts(config, timings))),
        Group(name="business", rules=(*_business(timings), _low_order_volume(config, timings))),
        Group(name="pipeline", rules=(_watchdog(config), _alert_unattended(config, timings))),
    )


def _availability(timings: Timings) -> tuple[Recording, ...]:
    short, long, rate = (
        span(window) for window in (timings.error_short_window, timings.error_long_window, timings.rate_window)
    )
    return (
        Recording(name=series.UP, expr=UP_EXPRESSION),
        Recording(name=series.REQUESTS_SHORT, expr=_count(series.JUDGED, short)),
        Recording(name=series.REQUESTS_LONG, expr=_count(series.JUDGED, long)),
        Recording(name=series.ERRORS_SHORT, expr=f"{_count(series.FAILED, short)} or 0 * {series.REQUESTS_SHORT}"),
        Recording(name=series.ERRORS_LONG, expr=f"{_count(series.FAILED, long)} or 0 * {series.REQUESTS_LONG}"),
        Recording(name=series.ERROR_RATIO, expr=_ratio(series.ERRORS_SHORT, series.REQUESTS_SHORT)),
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


def _availability_alerts(config: Config, timings: Timings) -> tuple[Alert, ...]:
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
            annotations=_annotations(
                config,
                "InstanceDown",
                summary="{{ $labels.service }} is down",
                description=f"Prometheus has reached no instance of {{{{ $labels.service }}}} for "
                f"{span(timings.instance_down_for)}: the process is gone, hangs, or its port is closed.",
            ),
        ),
        Alert(
            name="HighErrorRate",
            expr=_lines(
                f"""
                {series.ERROR_RATIO} > {burn}
                and on (env, service) {_ratio(series.ERRORS_LONG, series.REQUESTS_LONG)} > {burn}
                and on (env, service) {series.REQUESTS_SHORT} >= {objectives.MIN_REQUESTS}
                unless on () time() - max({series.DRILL_ENDED}) < {timings.error_short_window}
                """
            ),
            hold=timings.error_for,
            severity="critical",
            labels={"team": TEAM},
            annotations=_annotations(
                config,
                "HighErrorRate",
                summary="{{ $labels.service }} answers {{ $value | humanizePercentage }} errors",
                description=f"Of the requests of the last {span(timings.error_short_window)}, "
                f"{{{{ $value | humanizePercentage }}}} failed with 5xx; the month's error budget burns more than "
                f"{objectives.FAST_BURN} times too fast, over {span(timings.error_long_window)} as well.",
            ),
        ),
    )


def _business(timings: Timings) -> tuple[Recording, ...]:
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
            expr=_ratio(_count(series.FAILED, window), _count(series.JUDGED, window)),
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
        expr=_lines(
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
        annotations=_annotations(
            config,
            "LowOrderVolume",
            summary="{{ $labels.service }} sells far fewer tickets than usual",
            description=f'{{{{ $value | printf "%.0f" }}}} orders in the last {span(timings.order_window)}; the median '
            f"of the same window one, two and three {_period(timings)} ago lies more than "
            f"{objectives.ORDER_DEVIATIONS} standard deviations above that, and errors do not explain it.",
        ),
    )


def _watchdog(config: Config) -> Alert:
    return Alert(
        name="Watchdog",
        expr="vector(1)",
        hold=0,
        severity="none",
        labels={"env": "local", "service": "prometheus", "team": "platform"},
        annotations=_annotations(
            config,
            "Watchdog",
            summary="The alert path works",
            description="Always firing. When it stops arriving at on-call, Prometheus or Alertmanager is broken.",
        ),
    )


def _alert_unattended(config: Config, timings: Timings) -> Alert:
    """A critical alert that nobody handles, because on-call is down: one for each such alert, by mail."""
    waiting = 'ALERTS{alertstate="firing",severity="critical",alertname!="AlertUnattended",service!="oncall"}'
    return Alert(
        name="AlertUnattended",
        expr=_lines(
            f"""
            max by (env, service, unattended) (label_replace({waiting}, "unattended", "$1", "alertname", "(.*)"))
            unless on () {series.UP}{{service="oncall"}} == 1
            """
        ),
        hold=timings.unattended_for,
        severity="critical",
        labels={"team": "platform"},
        annotations=_annotations(
            config,
            "AlertUnattended",
            summary="{{ $labels.unattended }} fires for {{ $labels.service }} and on-call is down",
            description="On-call does not answer Prometheus, so nobody investigates this alert and no report will come.",
        ),
    )


def _annotations(config: Config, alert: str, *, summary: str, description: str) -> dict[str, str]:
    panel = panels_for(alert)[0]
    return {
        "summary": summary,
        "description": description,
        "runbook_url": config.url("oncall", f"/sop/{alert}"),
        "dashboard_url": config.url("grafana", f"/d/{DASHBOARD_UID}?viewPanel={panel.id}"),
        "dashboard_uid": DASHBOARD_UID,
        "panel_id": str(panel.id),
    }


def _count(selector: str, window: str) -> str:
    return f"sum by (env, service) (increase({series.REQUESTS}{{{selector}}}[{window}]))"


def _ratio(part: str, whole: str) -> str:
    """`part / whole`, absent where the whole is zero: 0/0 is NaN and would poison what is built on it."""
    return f"{part} / ({whole} > 0)"


def _orders(window: str, ago: int = 0) -> str:
    """Confirmed orders in the window; zero rather than absent, so that a lost series cannot hide a stop."""
    offset = f" offset {span(ago)}" if ago else ""
    counted = f"sum by (env, service) (increase({series.ORDERS}{{{series.CONFIRMED}}}[{window}]{offset}))"
    return f'{counted} or 0 * {series.UP}{{service="{series.SERVICE}"}}'


def _period(timings: Timings) -> str:
    return "weeks" if span(timings.week) == "1w" else f"periods of {span(timings.week)}"


def _lines(text: str) -> str:
    return dedent(text).strip() + "\n"
