"""`prometheus.yml` and the command line: what is scraped, where rules lie, where alerts go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tixmaster.stack.config import SERVICE_NAMES, Config, Metrics, Service
from tixmaster.stack.monitoring import sli
from tixmaster.stack.monitoring.timings import Timings, span

RETENTION = "35d"
"""LowOrderVolume looks back three weeks; Prometheus's default of 15 days would silently empty its baseline."""

RESEND_DELAY = "15s"
"""How soon an alert that Alertmanager missed (it was starting, or down) is sent again. Prometheus's default is a
minute, which a Watchdog that fires before Alertmanager is discovered would wait out at every start. Four times this
is also how long Alertmanager keeps an alert alive when Prometheus dies."""

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
        f"--web.listen-address={config.services.prometheus.listening}:{config.services.prometheus.port}",
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
        "scrape_configs": [_job(config, name, metrics) for name, metrics in sli.exporters(config).items()],
    }


def _job(config: Config, name: str, metrics: Metrics) -> dict[str, Any]:
    """The service's instances. What it says of itself in labels of these names is kept as `exported_…`."""
    targets = list(metrics.targets) or [_address(config.service(name))]
    path = {"metrics_path": metrics.path} if metrics.path != "/metrics" else {}
    return {
        "job_name": f"tixmaster-{name}" if name in SERVICE_NAMES else name,
        **path,
        "sample_limit": SERIES_LIMIT,
        "static_configs": [{"targets": targets, "labels": {"service": name, "env": ENVIRONMENT}}],
    }


def _address(service: Service) -> str:
    return f"{service.host}:{service.port}"
