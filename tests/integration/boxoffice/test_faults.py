"""Faults on request: each has an effect that can be seen, and an end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World

OpenWorld = Callable[..., Awaitable["World"]]


@pytest.fixture
async def breakable(open_world: OpenWorld) -> AsyncIterator[World]:
    """A box office that takes faults."""
    world = await open_world(fault_endpoints=True)
    yield world
    world.office.faults.clear()


@pytest.mark.parametrize(
    ("fault", "status", "cause"),
    [("http-dependency", 502, "ConnectionRefusedError"), ("dns-failure", 503, "gaierror")],
)
async def test_a_dependency_that_is_away_fails_requests_and_is_named_in_the_log(
    breakable: World, fault: str, status: int, cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real call fails with the real error, until the fault is cleared."""
    visitor = breakable.visitor()
    assert (await visitor.post(f"/api/fault/{fault}")).status_code == 200
    answer = await visitor.get("/api/events")
    assert (answer.status_code, "error" in answer.json()) == (status, True)
    assert cause in capsys.readouterr().out
    assert (await visitor.delete("/api/fault")).status_code == 200
    assert (await visitor.get("/api/events")).status_code == 200


async def test_a_payment_provider_that_is_away_is_named_in_the_log(
    breakable: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the real error, which alone would not tell whom to call; the order waits to be paid."""
    buyer, ticket = await breakable.buyer(), await breakable.ticket()
    number = (await buyer.order(ticket)).json()["order"]["order_number"]
    await buyer.post("/api/fault/payment-provider")
    assert (await buyer.put(f"/api/orders/{number}/payment", json={"status": "paid"})).status_code == 502
    assert "ProviderError: ConnectionRefusedError" in capsys.readouterr().out
    await buyer.delete("/api/fault")
    assert (await buyer.put(f"/api/orders/{number}/payment", json={"status": "paid"})).status_code == 200


async def test_a_leak_ends_in_want_of_memory(breakable: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Orders keep memory until there is no more, which the log names; other pages are served, and the end gives it back."""
    buyer, ticket = await breakable.buyer(), await breakable.ticket()
    before = psutil.Process().memory_info().rss
    await buyer.post("/api/fault/memory-leak", params={"route": "orders", "megabytes": 64})
    answers = [(await buyer.order(ticket)).status_code for _ in range(24)]
    kept = answers.index(500)
    assert answers == [201] * kept + [500] * (24 - kept)
    assert psutil.Process().memory_info().rss > before + kept * 12 * 2**20
    assert "MemoryError" in capsys.readouterr().out
    assert (await buyer.get("/api/events")).status_code == 200
    await buyer.delete("/api/fault")
    assert (await buyer.order(ticket)).status_code == 201


async def test_a_broken_release_fails_from_its_start(open_world: OpenWorld) -> None:
    """Its orders, and nothing else of it."""
    world = await open_world(fault_endpoints=True, broken_routes=frozenset({"orders"}))
    buyer, ticket = await world.buyer(), await world.ticket()
    assert (await buyer.order(ticket)).status_code == 500
    assert (await buyer.get("/api/events")).status_code == 200


async def test_a_bug_fails_its_route_alone(breakable: World, capsys: pytest.CaptureFixture[str]) -> None:
    """As an unforeseen error does: 500, and a trace in the log."""
    buyer, ticket = await breakable.buyer(), await breakable.ticket()
    await buyer.post("/api/fault/bug?route=orders")
    assert (await buyer.order(ticket)).status_code == 500
    assert (await buyer.get("/api/events")).status_code == 200
    assert "KeyError" in capsys.readouterr().out


async def test_series_without_end_come_and_go(breakable: World) -> None:
    """A label has as many values as asked for, until the fault is cleared."""
    visitor = breakable.visitor()
    await visitor.post("/api/fault/series?count=500")
    await visitor.post("/api/fault/series?count=300")
    assert (await visitor.get("/metrics")).text.count('caller="') == 300
    await visitor.delete("/api/fault")
    assert 'caller="' not in (await visitor.get("/metrics")).text


async def test_orders_meet_the_fault_too(breakable: World) -> None:
    """The fast lane steps aside while a fault is on."""
    buyer, ticket = await breakable.buyer(), await breakable.ticket()
    await buyer.post("/api/fault/http-dependency")
    assert (await buyer.order(ticket)).status_code == 502
    await buyer.delete("/api/fault")
    assert (await buyer.order(ticket)).status_code == 201


async def test_memory_pressure_takes_memory_and_gives_it_back(breakable: World) -> None:
    """Really: it shows in what the process occupies."""
    visitor, process = breakable.visitor(), psutil.Process()
    before = process.memory_info().rss
    await visitor.post("/api/fault/memory-pressure?megabytes=200")
    assert breakable.office.faults.strain.megabytes == 200
    assert process.memory_info().rss - before > 150 * 2**20
    await visitor.delete("/api/fault")
    assert process.memory_info().rss - before < 100 * 2**20


async def test_a_cpu_spike_uses_processor_time_and_ends_at_once(breakable: World) -> None:
    """Two threads burn; after DELETE there are none."""
    visitor = breakable.visitor()
    await visitor.post("/api/fault/cpu-spike?seconds=60")
    burning = [thread for thread in threading.enumerate() if thread.name.startswith("cpu-spike")]
    began = time.process_time()
    while time.process_time() - began < 0.2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await visitor.delete("/api/fault")
    for thread in burning:
        await asyncio.to_thread(thread.join, 5)
    assert [thread.is_alive() for thread in burning] == [False, False]


@pytest.mark.parametrize("query", ["megabytes=0", "megabytes=5000", "megabytes=many"])
async def test_a_strain_has_bounds(breakable: World, query: str) -> None:
    """Nobody takes the machine down with it."""
    assert (await breakable.visitor().post(f"/api/fault/memory-pressure?{query}")).status_code == 400
