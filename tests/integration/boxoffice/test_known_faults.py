"""The eleven faults of the backend that the manual was written for: none of them is here. One test each, named after it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncpg
from tests.integration.boxoffice.cluster import Cluster

from tixmaster.boxoffice import stocktaking
from tixmaster.boxoffice.orders import settle

if TYPE_CHECKING:
    import pytest
    from tests.integration.boxoffice.conftest import Backend, OpenWorld, World


async def test_fault_1_the_payment_endpoint_is_open_and_has_no_states(world: World) -> None:
    """pending → cancelled → paid oversold, and paid → cancelled never restocked."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    cancelled, paid = await buyer.ordered(ticket, 2), await buyer.ordered(ticket, 2)
    assert (await world.visitor().settle(cancelled, "paid")).status_code == 401
    assert (await (await world.buyer()).settle(cancelled, "paid")).status_code == 404
    answers = [await buyer.settle(cancelled, "cancelled"), await buyer.settle(cancelled, "paid")]
    answers += [await buyer.settle(paid, "paid"), await buyer.settle(paid, "cancelled")]
    assert [answer.status_code for answer in answers] == [200, 409, 200, 409]
    assert await world.left(ticket) == 3
    admin = await world.admin()
    assert (await admin.post(f"/api/orders/{paid}/refund", json={"reason": "asked for"})).status_code == 200
    assert await world.left(ticket) == 5


async def test_fault_2_a_negative_quantity_creates_stock(world: World) -> None:
    """And a negative total."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    assert [(await buyer.order(ticket, quantity)).status_code for quantity in (-1, 0, -1000)] == [400] * 3
    assert await world.left(ticket) == 5


async def test_fault_3_holds_never_expire(world: World) -> None:
    """One time for all places, one sweeper, and the seats come back once."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    number = await buyer.ordered(ticket, 2)
    await world.run_out(number)
    await asyncio.gather(*(settle.sweep(world.office) for _ in range(3)))
    assert (await buyer.status(number), await world.left(ticket)) == ("expired", 5)
    assert (await buyer.settle(number, "paid")).status_code == 409


async def test_fault_4_registering_fails_on_a_fresh_database(world: World) -> None:
    """Schema and code agree."""
    account = {"email": "first@example.org", "password": "correct horse", "name": "First", "phone": "0912345678"}
    answer = await world.visitor().post("/api/users/register", json=account)
    assert (answer.status_code, answer.json()["user"]["phone"]) == (201, "0912345678")


async def test_fault_5_nothing_is_checked_against_anything(world: World) -> None:
    """Another event's ticket, a draft, more than a person may have, the same request twice."""
    buyer, ticket, other = await world.buyer(), await world.ticket(seats=9), await world.ticket()
    assert (await buyer.order({**ticket, "event_id": other["event_id"]})).status_code == 400
    assert (await buyer.order(await world.ticket(status="draft"))).status_code == 400
    answers = [await buyer.order(ticket, 2, key="once") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    await world.sql("UPDATE ticket_types SET max_per_buyer = 3 WHERE id = $1", ticket["id"])
    assert (await buyer.order(ticket, 2)).status_code == 400
    assert await world.left(ticket) == 7


async def test_fault_6_a_lock_is_held_over_many_round_trips(world: World) -> None:
    """Here a hundred orders at once are a handful of statements: one transaction, and so one row version, for many."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=1000)
    answers = await asyncio.gather(*(buyer.order(ticket, key=str(number)) for number in range(100)))
    assert {answer.status_code for answer in answers} == {201}
    row = await world.sql("SELECT count(DISTINCT xmin::text) AS sales FROM orders WHERE ticket_id = $1", ticket["id"])
    assert row["sales"] <= 20


def test_fault_7_the_process_exits_when_the_database_goes_away(
    cluster: Cluster, start_backend: Callable[..., Backend]
) -> None:
    """It answers 503, and sells again when the database is back."""
    backend = start_backend(cluster.url)
    backend.wait_for(200)
    cluster.stop()
    backend.wait_for(503)
    cluster.start()
    backend.wait_for(200)
    assert backend.process.poll() is None


async def test_fault_8_anyone_reads_any_order_and_tickets_are_guessable(world: World) -> None:
    """Orders are their owners'; codes are random, signed, and good only while the order is paid."""
    buyer, other = await world.buyer(), await world.buyer()
    number = await buyer.ordered(await world.ticket(), 3)
    assert (await other.get(f"/api/orders/{number}")).status_code == 404
    reserved = (await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"]
    assert {(item["status"], item["qr_code"]) for item in reserved} == {("reserved", None)}
    await buyer.settle(number, "paid")
    valid = (await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"]
    assert len({item["ticket_code"] for item in valid}) == 3
    assert all(re.fullmatch(r"TK-[0-9A-HJKMNP-TV-Z]{16}", item["ticket_code"]) for item in valid)
    assert all(world.office.signer.read(item["qr_code"]).c == item["ticket_code"] for item in valid)


async def test_fault_9_totals_are_floating_point(world: World) -> None:
    """0.1 + 0.2 and a sum beyond 2**53 are exact."""
    buyer = await world.buyer()
    small = (await buyer.order(await world.ticket(cents=10), 3)).json()["order"]["total_amount"]
    large = (await buyer.order(await world.ticket(cents=2**53 + 1), 1)).json()["order"]["total_amount"]
    assert (small, large) == ("0.30", "90071992547409.93")


async def test_fault_10_everything_is_open(world: World, open_world: OpenWorld) -> None:
    """Fault and analytics routes, origins, what PostgreSQL says, secrets, limits."""
    visitor = world.visitor()
    for method, path in (("POST", "/api/crash"), ("GET", "/api/slow"), ("POST", "/api/fault/latency")):
        assert (await visitor.request(method, path)).status_code == 403
    for path in ("/api/analytics/events", "/api/analytics/metrics", "/api/analytics/summary"):
        assert (await visitor.get(path)).status_code == 401
    answer = await visitor.get("/api/events", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    stranger = (await open_world(requests_per_minute=3)).visitor(address="192.0.2.7")
    assert [(await stranger.get("/api/events")).status_code for _ in range(4)] == [200, 200, 200, 429]
    await world.sql("ALTER TABLE analytics_events RENAME TO gone")
    broken = await (await world.buyer()).post("/api/analytics/event", json={"event": "x"})
    assert (broken.status_code, broken.json()) == (500, {"error": "Internal server error"})


async def test_fault_11_logs_and_metrics_say_nothing_or_too_much(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller's id is in the log; labels come from closed sets. (That files end: tests/unit/telemetry.)"""
    buyer = await world.buyer()
    own = (await buyer.get("/api/users/profile")).json()["user"]["id"]
    assert own in capsys.readouterr().out
    await buyer.request("BREW", "/api/pot/of/tea")
    await buyer.get("/api/events/424242")
    text = (await buyer.get("/metrics")).text
    assert "BREW" not in text
    assert "424242" not in text
    assert "pot/of/tea" not in text


async def test_every_seat_is_accounted_for_after_all_that(world: World) -> None:
    """Stock + held + sold = total."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=9)
    await buyer.bought(ticket, 2)
    await buyer.held(ticket, 3)
    connection = await asyncpg.connect(world.url)
    accounts = {one.ticket_id: one for one in await stocktaking.accounts(connection)}
    await connection.close()
    found = accounts[ticket["id"]]
    assert json.dumps([found.stock, found.held, found.sold, found.difference]) == "[4, 3, 2, 0]"
