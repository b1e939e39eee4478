"""`prometheus.yml` and the command line: what is scraped, where rules lie, where alerts go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tixmaster.stack.config import Config, Service
from tixmaster.stack.monitoring.timings import Timings, span

RETENTION = "35d"
"""LowOrderVolume looks back three weeks; Prometheus's default of 15 days would silently empty its baseline."""

RESEND_DELAY = "15s"
"""How soon an alert that Alertmanager missed (it was starting, or down) is sent again. Prometheus's default is a
minute, which a Watchdog that fires before Alertmanager is discovered would wait out at every start. Four times this
is also how long Alertmanager keeps an alert alive when Prometheus dies."""

SCRAPED: tuple[str, ...] = ("backend", "oncall", "prometheus", "alertmanager")
"""The services that export metrics, by short name."""

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
        "scrape_configs": [_job(name, getattr(config.services, name)) for name in SCRAPED],
    }


def _job(name: str, service: Service) -> dict[str, Any]:
    return {
        "job_name": f"tixmaster-{name}",
        "static_configs": [{"targets": [_address(service)], "labels": {"service": name, "env": ENVIRONMENT}}],
    }


def _address(service: Service) -> str:
    return f"{service.host}:{service.port}"
