"""HTTP metrics by the OpenTelemetry semantic conventions, and the page that Prometheus reads.

Labels come from closed sets: known methods, route templates, status codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from tixmaster import __version__

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD: Final = "_OTHER"
UNKNOWN_ROUTE: Final = "_unknown"
FAILURES: Final = (500, 503)
"""Answers that every route can give; their series exist from the start."""

disable_created_metrics()  # type: ignore[no-untyped-call]


class HttpMetrics:
    """What every HTTP server of ours counts. One per process and registry."""

    def __init__(self, registry: CollectorRegistry, release: str = __version__) -> None:
        self._durations = Histogram(
            "http_server_request_duration_seconds",
            "Duration of HTTP server requests.",
            ("http_request_method", "http_route", "http_response_status_code"),
            buckets=BUCKETS,
            registry=registry,
        )
        self.active = Gauge("http_server_active_requests", "Requests being answered now.", registry=registry)
        self._series: dict[tuple[str, str, int], Histogram] = {}
        ProcessCollector(registry=registry)
        build = Gauge(
            "tixmaster_build_info", "Always 1; which release this process runs.", ["version"], registry=registry
        )
        build.labels(release).set(1)

    def start_at_zero(self, routes: Iterable[tuple[str, str, int]]) -> None:
        """Creates the series of (method, route, status of success), and of the failures every route can have.

        Without this the first failure of a route would be invisible to `increase()`.
        """
        for method, route, success in routes:
            for status in (success, *FAILURES):
                self._of(method, route, status)

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request. `route` is a template, never a path that the caller chose."""
        self._of(method if method in METHODS else OTHER_METHOD, route, status).observe(seconds)

    def _of(self, method: str, route: str, status: int) -> Histogram:
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._durations.labels(method, route, str(status))
        return series


async def exposition(registry: CollectorRegistry) -> bytes:
    """The text of `/metrics`; made in a thread, because thousands of lines take tens of milliseconds."""
    return await asyncio.to_thread(generate_latest, registry)
