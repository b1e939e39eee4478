"""PostgreSQL and the machine as exporters see them: the rules record from the installed versions what on-call would say."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tixmaster.stack import packages, postgres
from tixmaster.stack.config import Config, Monitoring
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring import prometheus as files
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.server import HttpServer
from tixmaster.stack.monitoring.write import write_all
from tixmaster.stack.ports import unused
from tixmaster.stack.programs import installed

from .conftest import eventually

OF_POSTGRES = (
    *(series.POSTGRES_UP, series.POSTGRES_CONNECTIONS, series.POSTGRES_CONNECTIONS_MAX),
    *(series.POSTGRES_CONNECTION_RATIO, series.POSTGRES_LONGEST_TRANSACTION, series.POSTGRES_DEADLOCKS),
    *(series.POSTGRES_COMMIT_RATE, series.POSTGRES_ROLLBACK_RATE, series.POSTGRES_TRANSACTIONS),
    *(series.POSTGRES_CACHE_HIT_RATIO, series.POSTGRES_SIZE),
)
OF_HOST = (
    *(series.HOST_DISK_FREE, series.HOST_DISK_FREE_RATIO),
    *(series.HOST_CPU_BUSY_RATIO, series.HOST_MEMORY_AVAILABLE_RATIO),
)


def answers(url: str) -> bool:
    try:
        with HttpServer(url) as server:
            return server.send("GET", "/metrics").is_success
    except UnreachableError:
        return False


def has_value(prometheus: Prometheus, name: str) -> bool:
    return bool(prometheus.query(name))


@pytest.fixture(scope="module")
def prometheus(postgres_server: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus over both exporters, with the shipped rules."""
    wanted = (*packages.EXPORTERS, *packages.PACKAGES)
    if missing := packages.missing(wanted):
        pytest.skip(f"{', '.join(package.service for package in missing)}: not installed")
    of_postgres, of_host = (f"127.0.0.1:{port}" for port in unused(2))
    folder: Path = tmp_path_factory.mktemp("exporters")
    config = msgspec.structs.replace(
        postgres_server,
        root=folder,
        timing="drill",
        monitoring=Monitoring(postgres_exporter=of_postgres, node_exporter=of_host),
    )
    write_all(config)
    address = postgres.database_url(postgres_server, "oncall") + "?sslmode=disable"
    commands = (
        [str(installed(packages.EXPORTERS[0].binaries)), f"--web.listen-address={of_postgres}"],
        [str(installed(packages.EXPORTERS[1].binaries)), f"--web.listen-address={of_host}"],
        ["prometheus", *files.arguments(config)],
    )
    with ExitStack() as running:
        log = running.enter_context((folder / "log").open("wb"))
        for command in commands:
            environment = {**os.environ, "DATA_SOURCE_NAME": address}
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            running.callback(process.wait, timeout=120)
            running.callback(process.terminate)
        for place in (of_postgres, of_host):
            eventually(partial(answers, f"http://{place}"), within=120)
        eventually(lambda: answers(config.url("prometheus")), within=120)
        yield running.enter_context(Prometheus(config.url("prometheus")))


def test_the_rules_know_the_names_of_the_installed_versions(prometheus: Prometheus) -> None:
    """Each series that an alert or a panel rests on is there, for the service that it speaks of."""
    for names, service in ((OF_POSTGRES, "postgres"), (OF_HOST, "host")):
        for name in names:
            eventually(partial(has_value, prometheus, name), within=120)
            assert {one.labels["service"] for one in prometheus.query(name)} == {service}
    (used,) = prometheus.query(series.POSTGRES_CONNECTION_RATIO)
    assert 0 < used.last < 0.5
    assert {one.last for one in prometheus.query(series.POSTGRES_UP)} == {1.0}


def test_that_an_exporter_answers_is_not_said_of_postgresql(prometheus: Prometheus) -> None:
    """`up` is the exporter's own."""
    found = {one.labels["service"]: one.last for one in prometheus.query("up")}
    assert (found["postgres-exporter"], found["node-exporter"]) == (1.0, 1.0)
    assert not {"postgres", "host"} & found.keys()
