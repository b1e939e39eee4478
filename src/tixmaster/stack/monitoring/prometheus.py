"""`prometheus.yml` and the command line: what is scraped, where rules lie, where alerts go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tixmaster.stack.config import SERVICE_NAMES, Config, Metrics, Service
from tixmaster.stack.monitoring import sli
from tixmaster.stack.monitoring.timings import RESEND_SECONDS, Timings, span

RETENTION = "35d"
"""LowOrderVolume looks back three weeks; Prometheus's default of 15 days would silently empty its baseline."""

RESEND_DELAY = span(RESEND_SECONDS)
"""Prometheus's default is a minute, which a Watchdog that fires before Alertmanager is discovered would wait out at every
start. Four times this is also how long Alertmanager keeps an alert alive when Prometheus dies."""

SERIES_LIMIT = 50_000
"""A scrape that holds more is dropped whole, so that a runaway label cannot fill Prometheus's memory. The alert
TooManySeries comes long before."""

ENVIRONMENT = "local"


def arguments(config: Config, folder: Path | None = None, data: Path | None = None) -> list[str]:
    """The command line of the server, without its binary: what it reads is in `folder`, what it keeps in `data`."""
    folder = folder or config.var / "prometheus"
    return [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={data or folder / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--rules.alert.resend-delay={RESEND_DELAY}",
        f"--web.listen-address={config.services.prometheus.listen_address}",
        f"--web.external-url={config.link('prometheus')}",
        "--web.enable-lifecycle",
        "--log.level=warn",
    ]


def document(config: Config, timings: Timings) -> dict[str, Any]:
    """The file as Prometheus reads it. Rule files lie in `rules/` beside it."""
    return {
        "global": {
            "scrape_interval": span(timings.scrape),
            "scrape_timeout": span(timings.scrape_timeout),
            "evaluation_interval": span(timings.evaluation),
        },
        "rule_files": ["rules/*.yml"],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [_address(config.services.alertmanager)]}]}],
        },
        "scrape_configs": [
            *(_job(config, name, metrics) | _measures(name) for name, metrics in sli.exporters(config).items()),
            *_exporters(config),
        ],
    }


def _job(config: Config, name: str, metrics: Metrics) -> dict[str, Any]:
    """The service's instances. What it says of itself in labels of these names is kept as `exported_…`."""
    targets = list(metrics.targets) or [_address(config.service(name))]
    path = {"metrics_path": metrics.path} if metrics.path != "/metrics" else {}
    token = sli.metrics_token(config, name)
    return {
        "job_name": f"tixmaster-{name}" if name in SERVICE_NAMES else name,
        **path,
        **({"authorization": {"credentials_file": str(token)}} if token else {}),
        "sample_limit": SERIES_LIMIT,
        "static_configs": [{"targets": targets, "labels": {"service": name, "env": ENVIRONMENT}}],
    }


def _measures(name: str) -> dict[str, Any]:
    """What a service says of others is theirs: on-call measures PostgreSQL and the machine (`oncall/collectors/`).

    There is no job for either, as its `up` would say that on-call answers and be read as if PostgreSQL did.
    """
    if name != "oncall":
        return {}
    return {"metric_relabel_configs": [_belongs("postgres_.*", "postgres"), _belongs("host_.*", "host")]}


def _exporters(config: Config) -> Iterator[dict[str, Any]]:
    """The jobs of exporters that do so in on-call's place. Their `up` is their own and says nothing of PostgreSQL."""
    exporters = (
        ("postgres-exporter", config.monitoring.postgres_exporter, _belongs("pg_.*", "postgres")),
        ("node-exporter", config.monitoring.node_exporter, _belongs("node_.*", "host")),
    )
    for name, address, belongs in exporters:
        if address is not None:
            yield {
                "job_name": name,
                "static_configs": [{"targets": [address], "labels": {"service": name, "env": ENVIRONMENT}}],
                "metric_relabel_configs": [belongs],
            }


def _belongs(metrics: str, service: str) -> dict[str, Any]:
    """Metrics of these names get the service that they speak of; `up` and what a process says of itself do not."""
    return {"source_labels": ["__name__"], "regex": metrics, "target_label": "service", "replacement": service}


def _address(service: Service) -> str:
    return f"{service.host}:{service.port}"
