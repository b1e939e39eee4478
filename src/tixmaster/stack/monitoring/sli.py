"""What each service exports about its requests and orders, as selectors: the one place that knows others' names.

The rules record from these, under one name for all services and labelled `env` and `service`; alerts and panels never
see a service's own names. Known shapes are in `SHAPES`; `[services.NAME.metrics]` names one, or replaces its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Metrics
from tixmaster.stack.monitoring import series

OURS: dict[str, Metrics] = {
    "backend": Metrics(kind="tixmaster"),
    "oncall": Metrics(),
    "prometheus": Metrics(),
    "alertmanager": Metrics(),
}
"""Our own services that export metrics, by short name."""

PROBES = "/metrics|/health.*"

SHAPES: dict[str, Metrics] = {
    "tixmaster": Metrics(
        kind="tixmaster",
        duration="http_server_request_duration_seconds",
        status="http_response_status_code",
        route="http_route",
        ignore=series.UNJUDGED_ROUTES,
        orders=series.ORDERS,
        orders_where={"outcome": "confirmed"},
    ),
    # The OpenTelemetry semantic conventions, as their exporters write them for Prometheus.
    "otel": Metrics(
        kind="otel",
        duration="http_server_request_duration_seconds",
        status="http_response_status_code",
        route="http_route",
        ignore=PROBES,
    ),
    # The Node backend that SOP-MON-001 was written for, and many others that use prom-client like it.
    "node": Metrics(
        kind="node",
        requests="http_requests_total",
        duration="http_request_duration_ms",
        status="status_code",
        route="route",
        ignore=series.UNJUDGED_ROUTES,
        orders="orders_total",
    ),
    "up": Metrics(kind="up"),
}


@dataclass(frozen=True, kw_only=True)
class Http:
    """A service's requests: the counter, the histogram's buckets, and what is in the braces behind them."""

    service: str
    requests: str
    buckets: str | None
    bucket_seconds: float
    """How many seconds the unit of the buckets' bounds has."""
    status: str
    """The label that holds the status code."""
    judged: str
    failed: str
    visits: str | None
    """Visitors who look at the events, where they can be told."""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """A service's confirmed orders: the counter, and what is in the braces behind it."""

    service: str
    counter: str
    confirmed: str


def exporters(config: Config) -> dict[str, Metrics]:
    """What each scraped service exports, by short name, ours first; parts that the file does not name are its kind's."""
    found: dict[str, Metrics] = {}
    for name in config.service_names:
        metrics = config.service(name).metrics or OURS.get(name)
        if metrics is not None:
            found[name] = _whole(metrics, OURS.get(name))
    return found


def http(config: Config) -> tuple[Http, ...]:
    """The services whose requests are judged."""
    return tuple(_http(name, metrics) for name, metrics in exporters(config).items() if _counts_requests(metrics))


def orders(config: Config) -> tuple[Orders, ...]:
    """The services that sell."""
    return tuple(
        Orders(
            service=name,
            counter=metrics.orders,
            confirmed=braces({"service": name, **metrics.orders_where}),
        )
        for name, metrics in exporters(config).items()
        if metrics.orders is not None
    )


def scraped(config: Config) -> tuple[str, ...]:
    """The short names of all services that Prometheus asks."""
    return tuple(exporters(config))


def metrics_token(config: Config, name: str) -> Path | None:
    """The file of the bearer token that opens the service's metrics: ours want one of whoever asks from another machine.

    None for services of others, also where one of them is called `backend`.
    """
    found = exporters(config).get(name)
    ours = name == "oncall" or (name == "backend" and found is not None and found.kind == "tixmaster")
    return secrets.path(config, "metrics-token") if ours else None


def metrics_headers(config: Config, name: str) -> dict[str, str]:
    """What a request for the service's metrics must carry; nothing where no token is kept on this machine."""
    file = metrics_token(config, name)
    if file is None or not file.is_file():
        return {}
    return {"Authorization": f"Bearer {secrets.read(config, file.name)}"}


def braces(labels: dict[str, str]) -> str:
    """Label matchers for equality, as they stand in braces."""
    return ",".join(f"{name}={quoted(value)}" for name, value in labels.items())


def quoted(text: str) -> str:
    """A string as PromQL writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _whole(metrics: Metrics, default: Metrics | None) -> Metrics:
    """`metrics` with the parts of its kind; for a service of ours that names no kind, of the kind it has."""
    kind = metrics.kind or (default.kind if default is not None else None) or "up"
    shape = SHAPES[kind]
    parts = ("requests", "duration", "unit", "status", "route", "ignore", "orders")
    whole = {part: getattr(metrics, part) or getattr(shape, part) for part in parts}
    if metrics.duration and not metrics.requests:
        whole["requests"] = None  # the shape's counter belongs to the shape's histogram
    where = metrics.orders_where if metrics.orders or metrics.orders_where else shape.orders_where
    return Metrics(kind=kind, path=metrics.path, targets=metrics.targets, orders_where=where, **whole)


def _counts_requests(metrics: Metrics) -> bool:
    return metrics.requests is not None or metrics.duration is not None


def _http(name: str, metrics: Metrics) -> Http:
    judged = braces({"service": name})
    if metrics.route and metrics.ignore:
        judged += f",{metrics.route}!~{quoted(metrics.ignore)}"
    duration = metrics.duration
    return Http(
        service=name,
        requests=metrics.requests or f"{duration}_count",
        buckets=f"{duration}_bucket" if duration else None,
        bucket_seconds=0.001 if _in_milliseconds(metrics) else 1,
        status=metrics.status or "",
        judged=judged,
        failed=f'{judged},{metrics.status}=~"5.."',
        visits=f"service={quoted(name)},{series.VISITORS}" if metrics.kind == "tixmaster" else None,
    )


def _in_milliseconds(metrics: Metrics) -> bool:
    if metrics.unit is not None:
        return metrics.unit == "milliseconds"
    return (metrics.duration or "").endswith(("_ms", "_milliseconds"))
