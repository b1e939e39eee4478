"""What is measured of each service's requests, recorded under one name for all: alerts need not know whose they are."""

from __future__ import annotations

from collections.abc import Iterator

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series, sli
from tixmaster.stack.monitoring.model import Recording
from tixmaster.stack.monitoring.rules.expressions import count, ratio
from tixmaster.stack.monitoring.timings import Timings, span


def measured(config: Config, timings: Timings) -> Iterator[Recording]:
    """The recordings of every service whose requests can be counted."""
    for source in sli.http(config):
        yield from _of(source, timings)


def increments(source: sli.Http, window: str) -> tuple[str, str]:
    """Requests and failed ones of a service in the window; failed ones are 0 where there are requests alone."""
    requests = count(source.judged, window, source.requests)
    return requests, f"{count(source.failed, window, source.requests)} or 0 * {requests}"


def _of(source: sli.Http, timings: Timings) -> Iterator[Recording]:
    short, long, rate = (
        span(window) for window in (timings.error_short_window, timings.error_long_window, timings.rate_window)
    )
    service = sli.braces({"service": source.service})

    def record(name: str, expr: str) -> Recording:
        return Recording(name=name, expr=expr, labels={"service": source.service})

    yield record(series.HTTP_PRESENT, _present(source, rate))
    yield record(series.REQUESTS_SHORT, count(source.judged, short, source.requests))
    yield record(series.REQUESTS_LONG, count(source.judged, long, source.requests))
    for errors, requests, window in (
        (series.ERRORS_SHORT, series.REQUESTS_SHORT, short),
        (series.ERRORS_LONG, series.REQUESTS_LONG, long),
    ):
        failed = count(source.failed, window, source.requests)
        yield record(errors, f"{failed} or 0 * {requests}{{{service}}}")
    yield record(
        series.ERROR_RATIO, ratio(f"{series.ERRORS_SHORT}{{{service}}}", f"{series.REQUESTS_SHORT}{{{service}}}")
    )
    yield record(
        series.REQUEST_RATE,
        f"sum by (env, service, class) (label_replace(\n"
        f"  rate({source.requests}{{{source.judged}}}[{rate}]) >= 0,\n"
        f'  "class", "${{1}}xx", "{source.status}", "(.).."\n'
        f"))",
    )
    if source.buckets:
        yield record(series.LATENCY_P95, _latency(source, rate))
    if source.visits:
        yield record(
            series.VISIT_RATE, f"sum by (env, service) (rate({source.requests}{{{source.visits}}}[{rate}]) >= 0)"
        )


def _present(source: sli.Http, window: str) -> str:
    """How many series count requests; absent where there is none, or where durations are missing.

    Of the window, because Prometheus remembers the series of a scrape that it dropped for five minutes.
    """

    def seen(metric: str, labels: dict[str, str]) -> str:
        return f"count by (env, service) (last_over_time({metric}{{{sli.braces(labels)}}}[{window}]) >= 0)"

    requests = seen(source.requests, {"service": source.service})
    if not source.buckets:
        return requests
    durations = seen(source.buckets, {"service": source.service, "le": "+Inf"})
    return f"{requests}\nand on (env, service) {durations}"


def _latency(source: sli.Http, rate: str) -> str:
    """In seconds; absent instead of NaN where nobody asked anything."""
    buckets = f"sum by (env, service, le) (rate({source.buckets}{{{source.judged}}}[{rate}]) >= 0)"
    quantile = f"histogram_quantile(0.95, {buckets}) >= 0"
    return quantile if source.bucket_seconds == 1 else f"({quantile}) * {source.bucket_seconds:g}"
