"""The same request sent again, as phones and proxies do: one order, one answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import Caller, OpenWorld, World

USED = "This Idempotency-Key was used for another order. Use a new key for a new order."


async def send(buyer: Caller, kind: str, ticket: dict[str, Any], quantity: int = 1, key: str = "k") -> httpx.Response:
    """An order or a hold with a key."""
    return await (buyer.order if kind == "order" else buyer.hold)(ticket, quantity, key=key)


async def orders(world: World) -> int:
    """How many there are."""
    return int((await world.sql("SELECT count(*) FROM orders"))["count"])


@pytest.mark.parametrize("kind", ["order", "hold"])
@pytest.mark.parametrize("end", ["paid", "cancelled", "expired"])
async def test_the_answer_stays_the_same_whatever_became_of_the_order(world: World, kind: str, end: str) -> None:
    """Byte for byte: as it was when it was placed, also when the tickets are sold out meanwhile."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=2, cents=3333)
    first = await send(buyer, kind, ticket, 2)
    assert first.status_code == 201
    number = first.json()["order"]["order_number"]
    if end == "expired":
        await world.sql("UPDATE orders SET status = 'expired'")
    else:
        assert (await buyer.settle(number, end)).status_code == 200
        await world.sql("UPDATE ticket_types SET available_quantity = 0 WHERE id = $1", ticket["id"])
    again = await send(buyer, kind, ticket, 2)
    assert (again.status_code, again.content) == (201, first.content)
    assert await orders(world) == 1
    assert world.counted("ticketing_orders_total", outcome="confirmed") == 1


async def test_the_answer_is_the_same_from_the_fast_lane_and_the_route(world: World) -> None:
    """An injected fault, or a body that is unusual, sends the second request the long way."""
    buyer, ticket = await world.buyer(), await world.ticket()
    first = await buyer.order(ticket, key="k")
    wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1, "paymentMethod": "card"}
    again = await buyer.post("/api/orders", json={**wish, "padding": "x" * 5000}, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (201, first.content)


async def test_a_key_stands_for_one_wish(world: World) -> None:
    """Another quantity, ticket, method or kind under the same key is a mistake of the caller's."""
    buyer, ticket, other = await world.buyer(), await world.ticket(), await world.ticket()
    await buyer.order(ticket, key="k")
    answers = [
        await buyer.order(ticket, 2, key="k"),
        await buyer.order(other, key="k"),
        await buyer.order({**ticket, "event_id": other["event_id"]}, key="k"),
        await buyer.order(ticket, key="k", method="cash"),
        await buyer.hold(ticket, key="k"),
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(422, {"error": USED})] * 5
    assert (await orders(world), await world.left(ticket)) == (1, 9)


@pytest.mark.parametrize("kind", ["order", "hold"])
async def test_sent_many_times_at_once_it_is_one_order(world: World, kind: str) -> None:
    """In one process; it counts once."""
    buyer, ticket = await world.buyer(), await world.ticket()
    answers = await asyncio.gather(*(send(buyer, kind, ticket, 2) for _ in range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert (await orders(world), await world.left(ticket)) == (1, 8)
    assert world.counted("ticketing_orders_total", outcome="confirmed") == 1


@pytest.mark.parametrize("kind", ["order", "hold"])
async def test_sent_to_two_box_offices_at_once_it_is_one_order(open_world: OpenWorld, kind: str) -> None:
    """Behind a load balancer the second sending goes elsewhere."""
    here, there = await open_world(), await open_world()
    buyer, ticket = await here.buyer(), await here.ticket(seats=100)
    other = there.visitor().as_(buyer)
    for key in map(str, range(10)):
        people = (buyer, other) * 4
        answers = await asyncio.gather(*(send(person, kind, ticket, key=key) for person in people))
        assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert (await orders(here), await here.left(ticket)) == (10, 90)


async def test_two_tickets_under_one_key_at_once_are_one_order(open_world: OpenWorld) -> None:
    """Sales of different tickets do not wait for each other: the index on the key decides, and nobody gets a 500."""
    here, there = await open_world(), await open_world()
    buyer, ticket, other = await here.buyer(), await here.ticket(), await here.ticket()
    elsewhere = there.visitor().as_(buyer)
    for key in map(str, range(10)):
        answers = await asyncio.gather(buyer.order(ticket, key=key), elsewhere.order(other, key=key))
        assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert await orders(here) == 10


async def test_a_key_that_is_taken_in_this_very_moment_is_422(world: World) -> None:
    """The other sale is not committed yet when ours begins, and is when ours ends."""
    buyer, ticket, other = await world.buyer(), await world.ticket(), await world.ticket()
    connection = await asyncpg.connect(world.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method, "
        "                    expires_at, ticket_codes, idempotency_key) "
        "SELECT 'TM-OTHER', id, $1, $2, 1, 10, 'card', now() + interval '1 h', '{TK-OTHER}', 'k' FROM users "
        "WHERE role = 'user'",
        other["event_id"], other["id"],
    )  # fmt: skip
    neighbour = await world.buyer()
    ours = asyncio.create_task(buyer.order(ticket, key="k"))
    await world.somebody_waits()
    behind = asyncio.create_task(neighbour.order(ticket, key="k"))
    await transaction.commit()
    await connection.close()
    assert ((await ours).status_code, (await behind).status_code) == (422, 201)


async def test_the_keys_of_two_buyers_are_two_keys(world: World) -> None:
    """Nobody sees another's order by guessing a key."""
    ticket = await world.ticket()
    people = [await world.buyer(), await world.buyer()]
    answers = [await person.order(ticket, key="1") for person in people]
    numbers = {answer.json()["order"]["order_number"] for answer in answers}
    assert (len(numbers), await world.left(ticket)) == (2, 8)


async def test_after_a_day_a_key_is_free(world: World) -> None:
    """Not a minute before."""
    buyer, ticket = await world.buyer(), await world.ticket()
    first = await buyer.order(ticket, key="k")
    assert first.status_code == 201
    await world.sql("UPDATE orders SET created_at = created_at - interval '23 h 59 min'")
    assert (await buyer.order(ticket, 2, key="k")).status_code == 422
    await world.sql("UPDATE orders SET created_at = created_at - interval '1 min'")
    again = await buyer.order(ticket, 2, key="k")
    assert (again.status_code, await orders(world)) == (201, 2)
    assert (await buyer.order(ticket, 2, key="k")).content == again.content


@pytest.mark.parametrize("kind", ["order", "hold"])
@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_a_key_of_no_use_is_refused(world: World, kind: str, key: str) -> None:
    """Nothing, or more than 128 characters: better no order than one that could be doubled."""
    buyer, ticket = await world.buyer(), await world.ticket()
    answer = await send(buyer, kind, ticket, key=key)
    assert (answer.status_code, await orders(world)) == (400, 0)
    assert (await send(buyer, kind, ticket, key="k" * 128)).status_code == 201


async def test_a_refusal_is_not_remembered(world: World) -> None:
    """Sold out, then seats come back: the same request, sent again, is an order."""
    holder, buyer, ticket = await world.buyer(), await world.buyer(), await world.ticket(seats=1)
    number = await holder.ordered(ticket)
    assert (await buyer.order(ticket, key="k")).status_code == 400
    await holder.settle(number, "cancelled")
    assert (await buyer.order(ticket, key="k")).status_code == 201
    assert (await buyer.order(ticket, 2, key="k")).status_code == 422


async def test_a_caller_who_hung_up_gets_the_same_order_when_it_comes_again(world: World) -> None:
    """The first sending was under way when its connection broke."""
    buyer, ticket = await world.buyer(), await world.ticket()
    connection = await asyncpg.connect(world.url)
    async with connection.transaction():
        await connection.execute("SELECT FROM ticket_types WHERE id = $1 FOR UPDATE", ticket["id"])
        gone = asyncio.create_task(buyer.order(ticket, key="k"))
        await world.somebody_waits()
        again = [asyncio.create_task(buyer.order(ticket, key="k")) for _ in range(3)]
        await asyncio.sleep(0)
        gone.cancel()
    await connection.close()
    answers = [await sending for sending in again]
    assert {answer.status_code for answer in answers} == {201}
    assert (await orders(world), await world.left(ticket)) == (1, 9)
