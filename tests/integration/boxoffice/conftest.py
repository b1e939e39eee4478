"""The box office as its callers meet it: in this process for most tests, as a server of its own where that matters."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry
from tests.integration.boxoffice.cluster import Cluster

from tixmaster.boxoffice.app import routed, serving
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.open import open_office
from tixmaster.boxoffice.payments.provider import Provider
from tixmaster.boxoffice.settings import Settings, read
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.stack.config import Config
from tixmaster.stack.ports import unused
from tixmaster.telemetry.asgi import App

PASSWORD = "correct horse"
ADMIN_PASSWORD = "admin-password"
PROBE_PASSWORD = "probe-password"
BEGINS = (datetime.now(UTC) + timedelta(days=150)).replace(hour=11, minute=30, second=0, microsecond=0)
"""When events begin that tests put on: ahead, whenever the tests run."""
EVENT = {
    "title": "Show",
    "eventDate": BEGINS.astimezone(timezone(timedelta(hours=8))).isoformat(),
    "location": "Hall 1",
}
FAULT_TOKEN = "f" * 32
PEOPLE = itertools.count(1)


class Caller(httpx.AsyncClient):
    """Somebody who talks to the API; signed in after `sign_in`."""

    async def sign_in(self, email: str, password: str) -> Caller:
        answer = await self.post("/api/users/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self

    async def id(self) -> str:
        """The id of the account."""
        return str((await self.get("/api/users/profile")).json()["user"]["id"])

    def as_(self, other: Caller) -> Caller:
        """The same person as `other`, here."""
        self.headers["Authorization"] = other.headers["Authorization"]
        return self

    async def order(
        self, ticket: dict[str, Any], quantity: int = 1, *, key: str | None = None, method: str = "card"
    ) -> httpx.Response:
        wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": quantity, "paymentMethod": method}
        return await self.post("/api/orders", json=wish, headers={} if key is None else {"Idempotency-Key": key})

    async def hold(self, ticket: dict[str, Any], quantity: int = 1, *, key: str | None = None) -> httpx.Response:
        wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": quantity}
        return await self.post("/api/holds", json=wish, headers={} if key is None else {"Idempotency-Key": key})

    async def ordered(self, ticket: dict[str, Any], quantity: int = 1, **more: str) -> str:
        """The number of a new order."""
        answer = await self.order(ticket, quantity, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order"]["order_number"])

    async def held(self, ticket: dict[str, Any], quantity: int = 1) -> str:
        """The number of a new hold."""
        answer = await self.hold(ticket, quantity)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order"]["order_number"])

    async def status(self, number: str) -> str:
        """The state of an order."""
        return str((await self.get(f"/api/orders/{number}")).json()["order"]["status"])

    async def bought(self, ticket: dict[str, Any], quantity: int = 1) -> str:
        """The number of a new order, paid."""
        number = str((await self.order(ticket, quantity)).json()["order"]["order_number"])
        assert (await self.settle(number, "paid")).status_code == 200
        return number

    async def settle(self, number: str, status: str) -> httpx.Response:
        return await self.put(f"/api/orders/{number}/payment", json={"status": status})


_routed = cache(routed)


def app_for(office: Office) -> App:
    """What `create_app` gives: the framework prepares the same routes for half a second, here once for all offices."""
    settings = office.settings
    routes = copy(_routed(fault_endpoints=settings.fault_endpoints, secret=settings.jwt_secret))
    return serving(routes, office)


class World:
    """One box office with its database, and the people who come to it."""

    def __init__(self, office: Office, url: str) -> None:
        self.office = office
        self.url = url
        self.app = app_for(office)

    def paid_through(self, provider: Provider) -> World:
        """The same box office with a payment provider of the test's own."""
        return World(replace(self.office, desk=replace(self.office.desk, provider=provider)), self.url)

    def visitor(self, address: str = "127.0.0.1") -> Caller:
        """Somebody who has not signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 4000))
        headers = {"X-Fault-Token": FAULT_TOKEN} if self.office.settings.fault_endpoints else {}
        return Caller(transport=transport, base_url="http://tixmaster.test", headers=headers)

    async def buyer(self) -> Caller:
        """Somebody with a new account."""
        account = {"email": f"buyer{next(PEOPLE)}@example.org", "password": PASSWORD, "name": "Buyer"}
        assert (await self.visitor().post("/api/users/register", json=account)).status_code == 201
        return await self.visitor().sign_in(account["email"], PASSWORD)

    async def organizer(self) -> Caller:
        """Somebody whom an administrator made an organiser."""
        organizer = await self.buyer()
        made = await (await self.admin()).put(f"/api/users/{await organizer.id()}/role", json={"role": "organizer"})
        assert made.status_code == 200, made.text
        return organizer

    async def event_of(self, organizer: Caller, *, seats: int = 10, price: str = "25.00") -> dict[str, Any]:
        """The one ticket type of a new, published event of somebody's."""
        event = (await organizer.post("/api/events", json=EVENT)).json()["event"]
        kind = {"ticketType": "Seat", "price": price, "totalQuantity": seats, "maxPerOrder": 10, "maxPerBuyer": None}
        made = await organizer.post(f"/api/events/{event['id']}/tickets", json=kind)
        assert (await organizer.post(f"/api/events/{event['id']}/publish")).status_code == 200
        return dict(made.json()["ticket"])

    async def admin(self) -> Caller:
        return await self.visitor().sign_in("admin@tixmaster.invalid", ADMIN_PASSWORD)

    async def probe(self) -> Caller:
        return await self.visitor().sign_in("probe@tixmaster.invalid", PROBE_PASSWORD)

    async def sql(self, statement: str, *values: object) -> Any:
        """The first row of a statement, straight from the database."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchrow(statement, *values)
        finally:
            await connection.close()

    async def ticket(self, *, seats: int = 10, cents: int = 10, status: str = "published") -> dict[str, Any]:
        """A new event with one ticket type."""
        row = await self.sql(
            "WITH e AS (INSERT INTO events (title, event_date, status) "
            "           VALUES ('Show', now() + interval '30 days', $1) RETURNING id) "
            "INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity) "
            "SELECT id, 'Seat', $2, $3, $3 FROM e RETURNING *",
            status,
            cents,
            seats,
        )
        return dict(row)

    async def left(self, ticket: dict[str, Any]) -> int:
        """Seats in stock."""
        row = await self.sql("SELECT available_quantity FROM ticket_types WHERE id = $1", ticket["id"])
        return int(row["available_quantity"])

    async def run_out(self, *numbers: str) -> None:
        """The time of these orders is over, a second ago."""
        connection = await asyncpg.connect(self.url)
        async with connection.transaction():
            await connection.execute("ALTER TABLE orders DISABLE TRIGGER order_changed")
            await connection.execute(
                "UPDATE orders SET expires_at = now() - interval '1 s' WHERE order_number = ANY ($1)", numbers
            )
            await connection.execute("ALTER TABLE orders ENABLE TRIGGER order_changed")
        await connection.close()

    async def somebody_waits(self) -> None:
        """Returns when a statement waits for a lock in the database."""
        waiting = (
            "SELECT count(*) AS locks FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        async with asyncio.timeout(5):
            while not (await self.sql(waiting))["locks"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def history(self, number: str) -> list[tuple[str | None, str, str | None]]:
        """What happened to an order: before, after, why."""
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch(
            "SELECT h.was, h.became, h.reason FROM order_history h JOIN orders o ON o.id = h.order_id "
            "WHERE o.order_number = $1 ORDER BY h.at",
            number,
        )
        await connection.close()
        return [tuple(row) for row in rows]

    def counted(self, name: str, **labels: str) -> float:
        """The value of a metric, which must be there."""
        value = self.office.metrics.registry.get_sample_value(name, labels)
        assert value is not None, f"{name}{labels} is not exported"
        return value


def environment(url: str) -> dict[str, str]:
    """The settings of a box office, as the process manager gives them."""
    return {
        "BOXOFFICE_DATABASE_URL": url,
        "BOXOFFICE_JWT_SECRET": "s" * 32,
        "BOXOFFICE_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "BOXOFFICE_PROBE_PASSWORD": PROBE_PASSWORD,
        "BOXOFFICE_TICKET_KEY": "a" * 43,
        "BOXOFFICE_SIMULATOR_SECRET": "w" * 32,
        # Far away: tests let one buyer hold much. What they are by default is tested in test_open_orders.py.
        "BOXOFFICE_MAX_OPEN_ORDERS": "100000",
        "BOXOFFICE_MAX_OPEN_SEATS": "100000",
        # Longer than by default: a machine that runs tests may be busy. The deadline is the subject of test_outage.py.
        "BOXOFFICE_DATABASE_DEADLINE_MS": "30000",
    }


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with an empty database; faults closed, as by default."""
    return read(environment(database_url))


OpenWorld: TypeAlias = Callable[..., Awaitable[World]]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[World]:
    """A box office that has reached its database."""
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    metrics = BoxOfficeMetrics(CollectorRegistry())
    worlds: list[World] = []

    async def ourselves(*asgi: Any) -> None:
        await worlds[0].app(*asgi)

    client = httpx.AsyncClient(transport=httpx.ASGITransport(ourselves), base_url="http://tixmaster.test")
    async with open_office(settings, passwords, metrics, client) as office:
        world = World(office, settings.database_url)
        worlds.append(world)
        while (await world.visitor().get("/health")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield world
    passwords.close()


@pytest.fixture
async def open_world(settings: Settings) -> AsyncIterator[OpenWorld]:
    """Opens one more box office on the test's database; what is named differs from the settings."""
    async with AsyncExitStack() as stack:

        async def open_one(**changes: Any) -> World:
            token = FAULT_TOKEN if changes.get("fault_endpoints") else ""
            return await stack.enter_async_context(opened(replace(settings, fault_token=token, **changes)))

        yield open_one


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """One box office."""
    return await open_world()


class Backend:
    """The server process, as the process manager runs it."""

    def __init__(self, folder: Path, url: str, **more: str) -> None:
        self.port = int(more.get("BOXOFFICE_PORT") or unused(1)[0])
        self.logs = folder / "logs"
        places = {"BOXOFFICE_PORT": str(self.port), "BOXOFFICE_LOG_DIR": str(self.logs)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tixmaster.boxoffice.server"],
            env={**os.environ, **environment(url), "BOXOFFICE_FAULT_TOKEN": FAULT_TOKEN, **places, **more},
            stderr=subprocess.PIPE,
            text=True,
        )
        headers = {"X-Fault-Token": FAULT_TOKEN}
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30)

    def wait_for(self, status: int, path: str = "/health", seconds: float = 120) -> float:
        """Asks until the answer has this status; how long it took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            with suppress(httpx.TransportError):
                if self.client.get(path).status_code == status:
                    return time.monotonic() - started
            time.sleep(0.01)
        raise AssertionError(f"{path} did not answer {status} within {seconds} s")

    def terminate(self) -> float:
        """SIGTERM; the seconds until the process is gone."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        return time.monotonic() - started

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait(10)

    def lines(self, name: str = "combined.log") -> list[dict[str, Any]]:
        """The lines of a log file."""
        return [json.loads(line) for line in (self.logs / name).read_text().splitlines()]


@pytest.fixture
def start_backend(tmp_path: Path) -> Iterator[Callable[..., Backend]]:
    """Starts server processes, and ends them after the test."""
    started: list[Backend] = []

    def start(url: str, **more: str) -> Backend:
        started.append(Backend(tmp_path, url, **more))
        return started[-1]

    yield start
    for backend in started:
        backend.client.close()
        if backend.process.poll() is None:
            backend.process.kill()
        backend.process.communicate(timeout=300)


@pytest.fixture
def cluster(config: Config) -> Iterator[Cluster]:
    """A running PostgreSQL."""
    cluster = Cluster(config)
    yield cluster
    if cluster.process.poll() is None:
        cluster.kill()
