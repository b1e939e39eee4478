"""`tix bench onsale`: everybody wants the same seats. Ours, beside PostgreSQL's own rate on the same row, in one run."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tixmaster.bench import machine, pgbench, sale, wrk
from tixmaster.bench.machine import Machine
from tixmaster.bench.memory import Memory
from tixmaster.bench.sale import Count, Goods
from tixmaster.bench.server import Backend, backend, database
from tixmaster.bench.wrk import Request, Sample
from tixmaster.stack.config import Config

WARM_UP_SECONDS = 2
EVENTS = Request(method="GET", path="/api/events", right=200)

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Load:
    """One kind of round: how many server processes, over how many connections in all. `name` is that of its rate."""

    name: str
    title: str
    servers: int
    connections: int
    suffix: str
    """Ends the names of its other figures."""
    orders: bool = True


HOT = Load(name="orders_per_s", title="orders, one process, 64 connections", servers=1, connections=64, suffix="")
CROWD = Load(
    name="orders_per_s_512", title="orders, one process, 512 connections", servers=1, connections=512, suffix="_512"
)
PAIR = Load(
    name="orders_per_s_two", title="orders, two processes, 64 connections", servers=2, connections=64, suffix="_two"
)
BROWSE = Load(
    name="events_per_s",
    title="GET /api/events, 64 connections",
    servers=1,
    connections=64,
    suffix="_events",
    orders=False,
)
LOADS = (HOT, CROWD, PAIR, BROWSE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that was measured: rates and samples round by round, the peak of memory in one server process (MB)."""

    machine: Machine
    baselines: dict[str, list[float]]
    warm_up: Sample
    samples: dict[str, list[Sample]]
    memory_mb: float
    count: Count

    @property
    def acknowledged(self) -> int:
        """Orders that were answered with 201, in whatever round."""
        rounds = [self.warm_up, *(one for load in LOADS if load.orders for one in self.samples[load.name])]
        return sum(one.right for one in rounds)

    @property
    def wrong(self) -> Counter[str]:
        """Every other answer of every round."""
        rounds = [self.warm_up, *(one for samples in self.samples.values() for one in samples)]
        return sum((Counter(one.wrong) for one in rounds), Counter[str]())


def run(seconds: int, rounds: int, say: Say) -> Outcome:
    """Starts a database and backends of its own, measures `rounds` of `seconds` each, and leaves nothing behind."""
    program = wrk.find(say)
    with ExitStack() as running:
        say("starting PostgreSQL and the backend")
        config = running.enter_context(database())
        servers = [running.enter_context(backend(config))]
        bench = _Bench(program, config, servers, seconds, say)
        warm_up = bench.warm_up()
        # Turn and turn about: a machine has slow minutes, and each must meet them alike.
        for _ in range(rounds):
            bench.alone()
            bench.under(HOT)
            bench.under(CROWD)
            bench.under(BROWSE)
        servers.append(running.enter_context(backend(config)))
        for _ in range(rounds):
            bench.under(PAIR)
        return Outcome(
            machine=asyncio.run(machine.describe(config)),
            baselines=bench.baselines,
            warm_up=warm_up,
            samples=bench.samples,
            memory_mb=bench.memory.peak_mb,
            count=asyncio.run(sale.count(config, bench.goods)),
        )


class _Bench:
    """What is on sale, who buys, and what came of it so far."""

    def __init__(self, program: str, config: Config, servers: list[Backend], seconds: int, say: Say) -> None:
        self._program, self._config, self._servers, self._seconds, self._say = program, config, servers, seconds, say
        self.goods: Goods = asyncio.run(sale.put_on_sale(config))
        self._order = sale.order(self.goods, sale.register_buyers(servers[0].url))
        asyncio.run(pgbench.prepare(config, self.goods))
        self.baselines: dict[str, list[float]] = {item.name: [] for item in pgbench.BASELINES}
        self.samples: dict[str, list[Sample]] = {load.name: [] for load in LOADS}
        self.memory = Memory()

    def warm_up(self) -> Sample:
        """Connections, plans, caches: no figures, but orders that count."""
        self._say("warming up")
        pgbench.rate(self._config, self.goods, pgbench.TRANSACTION, seconds=WARM_UP_SECONDS)
        return self._fire(HOT, WARM_UP_SECONDS)

    def alone(self) -> None:
        """A round of PostgreSQL without us."""
        for item in pgbench.BASELINES:
            rates = self.baselines[item.name]
            rates.append(pgbench.rate(self._config, self.goods, item, seconds=self._seconds))
            self._tell(item.title, len(rates), rates[-1], "")

    def under(self, load: Load) -> None:
        """A round of ours."""
        with self.memory.watch([server.pid for server in self._servers[: load.servers]]):
            sample = self._fire(load, self._seconds)
        self.samples[load.name].append(sample)
        wrong = "".join(f"  {count} × {what}" for what, count in sample.wrong.items())
        self._tell(load.title, len(self.samples[load.name]), sample.per_s, f"  p99 {sample.p99_ms:,.0f} ms{wrong}")

    def _fire(self, load: Load, seconds: int) -> Sample:
        urls = [server.url for server in self._servers[: load.servers]]
        request = self._order if load.orders else EVENTS
        return wrk.fire(self._program, urls, request, connections=load.connections, seconds=seconds)

    def _tell(self, what: str, number: int, rate: float, more: str) -> None:
        self._say(f"  round {number}  {what:<40} {rate:7,.0f}/s{more}")
