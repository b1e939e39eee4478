"""`prometheus.yml`: what is scraped, where rules lie, where alerts go."""

from __future__ import annotations

from typing import Any

from tixmaster.stack.config import Config, Service
from tixmaster.stack.monitoring.timings import Timings, span

SCRAPED: tuple[str, ...] = ("backend", "oncall", "prometheus", "alertmanager")
"""The services that export metrics, by short name."""

ENVIRONMENT = "local"


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
