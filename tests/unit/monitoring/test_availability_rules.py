"""InstanceDown, HighErrorRate, Watchdog and AlertUnattended: when they fire, when they do not, when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tixmaster.stack.monitoring.series import DRILL_ENDED, REQUESTS

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Bench

UP = 'up{service="backend",env="local",instance="a"}'
OTHER_UP = 'up{service="backend",env="local",instance="b"}'


def requests(status: str, route: str = "/api/events") -> str:
    return (
        f'{REQUESTS}{{service="backend",env="local",http_request_method="GET",http_route="{route}",'
        f'http_response_status_code="{status}"}}'
    )


def test_a_dead_instance_alarms_after_its_hold_and_ends_when_it_answers(bench: Bench) -> None:
    """InstanceDown waits out a planned restart and ends with the first scrape that succeeds."""
    step, hold = bench.timings.scrape, bench.timings.instance_down_for
    dead = 10 * step
    steps_down = hold // step + 10
    back = dead + steps_down * step
    bench.expect(
        "InstanceDown",
        {UP: f"1x9 0x{steps_down - 1} 1x20"},
        {dead - step: False, dead + hold - step: False, dead + hold: True, back - step: True, back: False},
        step=step,
    )


def test_one_dead_instance_of_two_is_no_critical_alarm(bench: Bench) -> None:
    """The service still answers."""
    bench.expect_never("InstanceDown", {UP: "1x9 0x60", OTHER_UP: "1x70"}, until=60 * bench.timings.scrape, step=5)


def test_failing_requests_alarm_within_seconds_and_end_after_the_short_window(bench: Bench) -> None:
    """The alert comes once both windows hold more than the burn allows, and goes with the short one."""
    step, timings = bench.timings.scrape, bench.timings
    calm, failing = timings.error_long_window // step, timings.error_short_window // step
    fault, healed = calm * step, (calm + failing) * step
    good = f"0+{10 * step}x{calm} {10 * step * calm}x{failing} {10 * step * calm}+{10 * step}x{failing + 20}"
    bad = f"0x{calm} 0+{10 * step}x{failing} {10 * step * failing}x{failing + 20}"
    soon = fault + timings.error_long_window // 10 + timings.error_for + 2 * step
    bench.expect(
        "HighErrorRate",
        {requests("200"): good, requests("503"): bad},
        {
            fault: False,
            fault + step: False,
            soon: True,
            healed: True,
            healed + 2 * step + timings.error_short_window: False,
        },
        step=step,
    )


@pytest.mark.parametrize(("failed", "alarms"), [(71, False), (73, True)])
def test_the_burn_rate_draws_the_line_at_seven_point_two_percent(bench: Bench, failed: int, alarms: bool) -> None:
    """14.4 times the budget of 0.5 % is the limit, and the limit itself is still allowed."""
    steps = bench.timings.error_long_window // bench.timings.scrape + 20
    bench.expect(
        "HighErrorRate",
        {requests("200"): f"0+{1000 - failed}x{steps}", requests("503"): f"0+{failed}x{steps}"},
        {steps * bench.timings.scrape: alarms},
        step=bench.timings.scrape,
    )


@pytest.mark.parametrize(("in_window", "alarms"), [(18, False), (22, True)])
def test_too_few_requests_say_nothing(bench: Bench, in_window: int, alarms: bool) -> None:
    """Below 20 requests in the short window even a ratio of 100 % is silent."""
    step = bench.timings.scrape
    steps = bench.timings.error_long_window // step + 20
    per_step = in_window / (bench.timings.error_short_window / step)
    bench.expect("HighErrorRate", {requests("503"): f"0+{per_step}x{steps}"}, {steps * step: alarms}, step=step)


def test_probes_and_injected_faults_are_no_visitors(bench: Bench) -> None:
    """Their failures do not spend the budget."""
    steps = bench.timings.error_long_window // bench.timings.scrape + 20
    routes = ("/metrics", "/health", "/api/fault/{kind}", "/api/crash", "/api/slow")
    failing = {requests("503", route): f"0+50x{steps}" for route in routes}
    until = steps * bench.timings.scrape
    bench.expect_never(
        "HighErrorRate", {**failing, requests("200"): f"0+50x{steps}"}, until=until, step=bench.timings.scrape
    )


@pytest.mark.parametrize("alert", ["InstanceDown", "HighErrorRate", "LowOrderVolume"])
def test_no_data_and_no_traffic_raise_no_alarm(bench: Bench, alert: str) -> None:
    """An empty Prometheus and an idle service are silent."""
    bench.expect_never(alert, {}, until=300, step=5)
    bench.expect_never(alert, {UP: "1x60", requests("200"): "7x60"}, until=300, step=5)


def test_the_watchdog_always_fires(bench: Bench) -> None:
    """Its silence is the alarm."""
    firing = 'count(ALERTS{alertname="Watchdog",alertstate="firing"})'
    samples = [{"labels": "{}", "value": 1}]
    bench.evaluate({}, 5, [{"expr": firing, "eval_time": "5s", "exp_samples": samples}], of="Watchdog")


@pytest.mark.parametrize(("oncall", "unattended"), [("1", False), ("0", True), (None, True)])
def test_a_critical_alert_is_unattended_only_while_oncall_is_away(
    bench: Bench, oncall: str | None, unattended: bool
) -> None:
    """Down or never scraped, on-call handles nothing; then the alert is mailed by Alertmanager."""
    step, timings = bench.timings.scrape, bench.timings
    wait = timings.instance_down_for + timings.unattended_for
    steps = wait // step + 20
    series = {UP: f"0x{steps}"}
    if oncall is not None:
        series['up{service="oncall",env="local",instance="c"}'] = f"{oncall}x{steps}"
    before, after = timings.instance_down_for + step, wait + 3 * step
    bench.expect("AlertUnattended", series, {before: False, after: unattended}, step=step)


def test_the_errors_of_a_drill_that_has_ended_are_no_alarm_and_later_ones_are(bench: Bench) -> None:
    """The short window still holds them; what fails after that window is trouble again."""
    step, timings = bench.timings.scrape, bench.timings
    steps = 3 * (timings.error_long_window + timings.error_short_window) // step
    ended = timings.error_long_window
    series = {requests("503"): f"0+{10 * step}x{steps}", DRILL_ENDED: f"{ended}x{steps}"}
    quiet, again = ended + timings.error_short_window - step, ended + timings.error_short_window + timings.error_for
    bench.expect("HighErrorRate", series, {quiet: False, again + 2 * step: True}, step=step)


def test_a_service_that_prometheus_does_not_know_is_down(bench: Bench) -> None:
    """Each service of the file is looked for by name: what is not scraped cannot tell that it is down."""
    step, hold = bench.timings.scrape, bench.timings.service_down_for
    scraped = ("backend", "oncall", "prometheus", "alertmanager")
    steps = hold // step + 20
    for lost in scraped:
        known = {f'up{{service="{name}",env="local",instance="a"}}': f"1x{steps}" for name in scraped if name != lost}
        bench.expect("ServiceDown", known, {hold - step: False, hold: True}, step=step)
    everything = {f'up{{service="{name}",env="local",instance="a"}}': f"1x{steps}" for name in scraped}
    bench.expect("ServiceDown", everything, {hold + step: False}, step=step)


def test_a_scrape_that_is_dropped_for_its_size_is_an_answer(bench: Bench) -> None:
    """The service is up; what is missing are its figures, and that is what rings."""
    step, timings = bench.timings.scrape, bench.timings
    steps = timings.lasting_for // step + 30
    size = 'scrape_samples_scraped{service="backend",env="local",instance="a"}'
    series = {UP: f"0x{steps}", size: f"60001x{steps}"}
    moment = timings.lasting_for + 10 * step
    bench.expect("InstanceDown", series, {moment: False}, step=step)
    bench.expect("HttpMetricsAbsent", series, {timings.lasting_for - step: False, moment: True}, step=step)


def test_a_service_that_stops_counting_its_requests_rings(bench: Bench) -> None:
    """Or counts them in something that is no number; while it is down, that is another alert's."""
    step, hold = bench.timings.scrape, bench.timings.lasting_for
    window = bench.timings.rate_window
    after = (hold + window) // step + 40
    lost = 10 * step
    bucket = requests("200").replace("_count", "_bucket").replace("{", '{le="+Inf",')
    for gone in (f"stale _x{after}", "NaN " * after):
        series = {UP: f"1x{after + 10}", requests("200"): f"0+5x9 {gone}", bucket: f"0+5x{after + 10}"}
        bench.expect(
            "HttpMetricsAbsent", series, {lost + hold - step: False, lost + hold + window + step: True}, step=step
        )
    bench.expect("HttpMetricsAbsent", {UP: f"0x{after}"}, {lost + hold + step: False}, step=step)
