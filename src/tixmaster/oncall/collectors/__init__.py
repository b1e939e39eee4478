"""What on-call measures for Prometheus besides itself: PostgreSQL and the machine, where no exporter does it.

They stand on on-call's own page, `/metrics`, and Prometheus gives their series the labels `service="postgres"` and
`service="host"` by their names (`stack/monitoring/prometheus.py`). There is no scrape job for them, and so no `up` that
somebody could take for PostgreSQL's: whether that answers is `postgres_up` and nothing else.

A second PostgreSQL would be a second `PostgresCollector` with another address, and a label that tells the two apart.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from tixmaster.oncall.collectors.host import HostCollector
from tixmaster.oncall.collectors.postgres import PostgresCollector
from tixmaster.stack.config import Config


class Collectors:
    """What no exporter of `[monitoring]` measures, on the page of on-call."""

    def __init__(self, config: Config, registry: CollectorRegistry) -> None:
        self.postgres = PostgresCollector(config) if config.monitoring.postgres_exporter is None else None
        self.host = HostCollector(config) if config.monitoring.node_exporter is None else None
        for collector in (self.postgres, self.host):
            if collector is not None:
                registry.register(collector)

    def close(self) -> None:
        """Gives back what they hold."""
        if self.postgres is not None:
            self.postgres.close()
