"""The metrics of PostgreSQL and of the machine, off real ones: as they are, busy, full, silent, away and back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import psutil
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tests.conftest import make_config

from tixmaster.oncall.collectors import Collectors
from tixmaster.oncall.collectors.postgres import LIMIT_SECONDS
from tixmaster.stack import health, postgres
from tixmaster.stack.config import Config, Monitoring, Service
from tixmaster.stack.ports import unused

Page = dict[str, float]
Scrape = Callable[[], Page]


def eventually(ask: Callable[[], bool], *, within: float = 120) -> None:
    end = time.monotonic() + within
    while not ask():
        assert time.monotonic() < end, f"did not happen within {within} s"
        time.sleep(0.05)


def read(registry: CollectorRegistry) -> Page:
    """The page as Prometheus takes it, a sample by its name and the values of its labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


class Scraped:
    """The collectors of a configuration on a page."""

    def __init__(self, config: Config) -> None:
        self._registry = CollectorRegistry()
        self._collectors = Collectors(config, self._registry)

    def __call__(self) -> Page:
        return read(self._registry)

    def says(self, up: int) -> Page:
        """The page, as soon as it says so; a busy machine may take longer than a scrape waits."""
        eventually(lambda: self().get("postgres_up") == up)
        return self()

    def close(self) -> None:
        self._collectors.close()


@pytest.fixture
def scrape(postgres_server: Config) -> Iterator[Scrape]:
    """Scrapes the collectors over the running server."""
    with closing(Scraped(postgres_server)) as scraped:
        scraped.says(up=1)
        yield scraped


def moved(config: Config, port: int) -> Config:
    """The same configuration, with PostgreSQL looked for on another port."""
    services = msgspec.structs.replace(config.services, postgres=Service(port=port))
    return msgspec.structs.replace(config, services=services)


def sessions(config: Config) -> int:
    """How many sessions the collector holds."""

    async def ask() -> int:
        connection = await asyncpg.connect(postgres.database_url(config, "postgres", "postgres"))
        found: int = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tixmaster-oncall-metrics'"
        )
        await connection.close()
        return found

    return asyncio.run(ask())


def test_a_server_that_is_well(scrape: Scrape, postgres_server: Config) -> None:
    """Everything is told with the rights of the role that only reads, over one connection however often it is asked."""
    for _ in range(3):
        page = scrape()
    assert (page["postgres_up"], page["postgres_connections_refused"]) == (1, 0)
    assert page["postgres_connections active"] >= 1
    assert page["postgres_connections_max"] == 100
    assert page["postgres_database_size_bytes tixmaster"] > 1_000_000
    counters = ("commits", "rollbacks", "deadlocks", "blocks_hit", "blocks_read")
    assert all(page[f"postgres_{name}_total"] >= 0 for name in counters)
    assert (page["postgres_locks_waiting"], page["postgres_longest_transaction_seconds"]) == (0, 0)
    assert sessions(postgres_server) == 1


async def test_open_transactions_and_waiting_sessions_are_counted(scrape: Scrape, database_url: str) -> None:
    """By state; the time of a transaction of others is seen, whoever began it."""
    holder, waiting = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    await holder.execute("CREATE TABLE seat (id int)")
    await holder.execute("BEGIN; LOCK TABLE seat")
    blocked = asyncio.ensure_future(waiting.execute("SELECT count(*) FROM seat"))
    seen: Page = {}
    while seen.get("postgres_locks_waiting") != 1:
        seen = await asyncio.to_thread(scrape)
    await holder.execute("ROLLBACK")
    await blocked
    for one in (holder, waiting):
        await one.close()
    assert seen["postgres_connections idle in transaction"] == 1
    assert seen["postgres_longest_transaction_seconds"] > 0


async def test_a_server_that_fills_up_is_still_counted(scrape: Scrape, postgres_server: Config) -> None:
    """The connection that is held sees it to the last one; whoever comes later is told only that there are none."""
    await asyncio.to_thread(scrape)
    url = postgres.database_url(postgres_server, "boxoffice")
    held: list[Any] = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            held.append(await asyncpg.connect(url))
    inside = await asyncio.to_thread(scrape)
    latecomer = Scraped(postgres_server)
    outside = await asyncio.to_thread(latecomer.says, up=1)
    await asyncio.to_thread(latecomer.close)
    for one in held:
        await one.close()
    used = sum(value for name, value in inside.items() if name.startswith("postgres_connections "))
    assert used >= 0.97 * inside["postgres_connections_max"]
    assert (outside["postgres_up"], outside["postgres_connections_refused"]) == (1, 1)
    assert "postgres_connections_max" not in outside


def test_nobody_listens(postgres_server: Config) -> None:
    """The scrape says so, and nothing else of it."""
    with closing(Scraped(moved(postgres_server, unused(1)[0]))) as scrape:
        page = scrape.says(up=0)
    assert not [name for name in page if name.startswith("postgres_connections ")]


def test_a_wrong_password_is_no_answer(tmp_path: Path, postgres_server: Config) -> None:
    """What cannot be logged in to cannot be told from what is down, as exporters see it, too."""
    other = make_config(tmp_path)
    with closing(Scraped(moved(other, postgres_server.services.postgres.port))) as scrape:
        scrape.says(up=0)


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, list[subprocess.Popen[bytes]]]]:
    """A PostgreSQL of the test's own, to be stopped and started; its running process is the last of the list."""
    config = make_config(Path(tmp_path_factory.mktemp("pg")))
    postgres.ensure_cluster(config)
    processes: list[subprocess.Popen[bytes]] = [begin(config)]
    postgres.ensure_database(config)
    yield config, processes
    end(processes[-1])
    shutil.rmtree(config.root, ignore_errors=True)


def begin(config: Config) -> subprocess.Popen[bytes]:
    with (config.root / "postgres.log").open("ab") as log:
        process = subprocess.Popen(postgres.command(config), stdout=log, stderr=log, cwd="/")
    assert health.wait(config, "postgres", 120).healthy
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(30)


def test_away_and_back_and_hung(own_server: tuple[Config, list[subprocess.Popen[bytes]]]) -> None:
    """Its end and its return show in the next scrapes; a server that hangs holds none of them up."""
    config, processes = own_server
    with closing(Scraped(config)) as scrape:
        scrape.says(up=1)
        end(processes[-1])
        scrape.says(up=0)
        processes.append(begin(config))
        scrape.says(up=1)
        family = [processes[-1].pid, *(child.pid for child in psutil.Process(processes[-1].pid).children())]
        stop(family, signal.SIGSTOP)
        try:
            began = time.monotonic()
            page = scrape()
            assert time.monotonic() - began < LIMIT_SECONDS
            assert page["host_memory_size_bytes"] > 0
            scrape.says(up=0)
        finally:
            stop(family, signal.SIGCONT)
        scrape.says(up=1)
        eventually(lambda: sessions(config) == 1)


def stop(family: list[int], number: signal.Signals) -> None:
    for pid in family:
        os.kill(pid, number)


def test_the_machine_is_what_others_say_of_it(scrape: Scrape, postgres_server: Config) -> None:
    """One disk for both folders on one file system; processor time only grows."""
    page, again = scrape(), scrape()
    usage = shutil.disk_usage(postgres_server.var)
    disks = {name: value for name, value in page.items() if name.startswith("host_disk_size_bytes")}
    assert list(disks.values()) == [usage.total]
    (mountpoint,) = (name.split()[1] for name in disks)
    assert page[f"host_disk_free_bytes {mountpoint}"] == pytest.approx(usage.free, rel=0.1)
    assert 0 < page["host_memory_available_bytes"] < page["host_memory_size_bytes"]
    assert 0 < page["host_cpu_seconds_total busy"] <= again["host_cpu_seconds_total busy"]


def test_where_exporters_measure_oncall_does_not(config: Config) -> None:
    """Two sources of one number would be counted twice."""
    both = Monitoring(postgres_exporter="127.0.0.1:9187", node_exporter="127.0.0.1:9100")
    registry = CollectorRegistry()
    Collectors(msgspec.structs.replace(config, monitoring=both), registry)
    assert read(registry) == {}
