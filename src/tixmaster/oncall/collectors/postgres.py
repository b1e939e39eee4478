"""PostgreSQL as it sees itself, through the role that only reads. One connection, kept: a full server takes no new ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tixmaster.oncall.collectors.shared import Shared
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.postgres import DATABASE, database_url

log = structlog.get_logger(__name__)

FIGURES = Path(__file__).with_name("postgres.sql").read_text(encoding="utf-8")
SIZE = "SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1"
SIZE_EVERY_SECONDS = 60.0
"""PostgreSQL asks the file system for each of the database's files, which may be many."""
LIMIT_SECONDS = 2.0
"""A server that has not answered by then does not answer. Scrapes do not wait for it (`shared.py`)."""
MAINTENANCE = "postgres"
"""The database to log in to: being connected to the box office's would keep others from dropping or renaming it."""
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, StackError)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `postgres.sql`."""

    active: int
    idle: int
    idle_in_transaction: int
    connections: int
    waiting: int
    longest_transaction: float
    commits: float
    rollbacks: float
    deadlocks: float
    blocks_hit: float
    blocks_read: float
    most: int


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the server: it may be away, or have no connection left for us, or answer."""

    up: bool
    full: bool = False
    figures: Figures | None = None
    size: int | None = None
    problem: str = ""


class PostgresCollector(Collector):
    """The metrics `postgres_…`. A scrape costs one query; it never waits for a server that does not answer."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: Any = None
        self._runner = asyncio.Runner(
            loop_factory=asyncio.new_event_loop
        )  # the connection's own, between scrapes at rest
        self._size: int | None = None
        self._size_due = 0.0
        self._said = ""
        self._shared = Shared(self._measure)

    def collect(self) -> Iterator[Metric]:
        """The newest look, in Prometheus's families; nothing where there is none yet."""
        look = self._shared.newest()
        if look is None:
            return
        yield GaugeMetricFamily("postgres_up", "Whether PostgreSQL takes on-call's log-in and answers.", look.up)
        yield GaugeMetricFamily(
            "postgres_connections_refused",
            "Whether it refused the log-in because all connections are taken.",
            look.full,
        )
        if look.figures is not None:
            yield from _families(look.figures)
        if look.size is not None:
            size = GaugeMetricFamily("postgres_database_size_bytes", "Size of the database.", labels=["database"])
            size.add_metric([DATABASE], look.size)
            yield size

    def close(self) -> None:
        """Gives the connection back."""
        if self._shared.wait(2 * LIMIT_SECONDS):
            self._runner.run(self._drop())
            self._runner.close()

    def _measure(self) -> Look:
        look = self._runner.run(self._look())
        if look.problem != self._said:
            self._said = look.problem
            log.info("postgres-measured", up=look.up, problem=look.problem or None)
        return look

    async def _look(self) -> Look:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                figures = await self._figures()
        except TimeoutError:
            await self._drop()
            return Look(up=False, problem=f"no answer within {LIMIT_SECONDS:g} s")
        except asyncpg.TooManyConnectionsError as error:
            return Look(up=True, full=True, problem=str(error))
        except FAILURES as error:
            return Look(up=False, problem=redact(str(error)) or type(error).__name__)
        return Look(up=True, figures=figures, size=await self._database_size())

    async def _figures(self) -> Figures:
        """A connection of an earlier scrape may have ended since, with its server; then a new one is asked."""
        if self._connection is not None:
            try:
                return msgspec.convert(dict(await self._connection.fetchrow(FIGURES, DATABASE)), Figures)
            except FAILURES:
                await self._drop()
        url = database_url(self._config, "oncall", MAINTENANCE)
        self._connection = await asyncpg.connect(url, server_settings={"application_name": "tixmaster-oncall-metrics"})
        return msgspec.convert(dict(await self._connection.fetchrow(FIGURES, DATABASE)), Figures)

    async def _database_size(self) -> int | None:
        """The size as last counted; a count that takes too long is tried again when the next one is due."""
        if time.monotonic() < self._size_due:
            return self._size
        self._size_due = time.monotonic() + SIZE_EVERY_SECONDS
        try:
            self._size = await self._connection.fetchval(SIZE, DATABASE, timeout=LIMIT_SECONDS)
        except (TimeoutError, *FAILURES):
            self._size = None
            await self._drop()
        return self._size

    async def _drop(self) -> None:
        """Ends the connection without waiting for the server's goodbye."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
            await asyncio.sleep(0)  # the socket closes in the next round of the loop, which rests afterwards


def _families(figures: Figures) -> Iterator[Metric]:
    connections = GaugeMetricFamily("postgres_connections", "Connections of clients by state.", labels=["state"])
    known = {"active": figures.active, "idle": figures.idle, "idle in transaction": figures.idle_in_transaction}
    for state, count in (known | {"other": figures.connections - sum(known.values())}).items():
        connections.add_metric([state], count)
    yield connections
    gauges = {
        "postgres_connections_max": ("Connections that PostgreSQL permits.", figures.most),
        "postgres_longest_transaction_seconds": ("Age of the oldest open transaction.", figures.longest_transaction),
        "postgres_locks_waiting": ("Sessions that wait for a lock.", figures.waiting),
    }
    for name, (words, value) in gauges.items():
        yield GaugeMetricFamily(name, words, value)
    counters = {
        "postgres_commits": ("Transactions committed.", figures.commits),
        "postgres_rollbacks": ("Transactions rolled back.", figures.rollbacks),
        "postgres_deadlocks": ("Transactions ended to resolve a deadlock.", figures.deadlocks),
        "postgres_blocks_hit": ("Blocks found in the cache.", figures.blocks_hit),
        "postgres_blocks_read": ("Blocks that had to be read.", figures.blocks_read),
    }
    for name, (words, value) in counters.items():
        yield CounterMetricFamily(name, words, value)
