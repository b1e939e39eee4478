"""Selling: never more than there is, never to the wrong one, never at a wrong price."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tixmaster.boxoffice import probe

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World


async def test_an_order_has_the_contract_s_shape(world: World) -> None:
    """Amounts are decimal text, and there is one ticket for each seat."""
    buyer = await world.buyer()
    answer = await buyer.order(await world.ticket(cents=250_000), 2)
    assert answer.status_code == 201
    order = answer.json()["order"]
    assert order["total_amount"] == "5000.00"
    assert (order["status"], order["paid_at"]) == ("pending", None)
    held = datetime.fromisoformat(order["expired_at"]) - datetime.fromisoformat(order["created_at"])
    assert held == world.office.settings.hold
    assert [set(item) for item in order["items"]] == [
        {"id", "order_id", "ticket_code", "qr_code", "status", "used_at"}
    ] * 2


async def test_amounts_are_exact(world: World) -> None:
    """Three times ten cents are thirty cents."""
    answer = await (await world.buyer()).order(await world.ticket(cents=10), 3)
    assert answer.json()["order"]["total_amount"] == "0.30"


async def test_the_last_seat_is_sold_once(world: World) -> None:
    """Fifty buyers at the same moment; one gets it."""
    ticket = await world.ticket(seats=1)
    buyers = [await world.buyer() for _ in range(50)]
    answers = await asyncio.gather(*(buyer.order(ticket) for buyer in buyers))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 49
    assert await world.left(ticket) == 0
    assert world.counted("ticketing_orders_total", outcome="confirmed") == 1
    assert world.counted("ticketing_orders_total", outcome="declined") == 49


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "many", None, 2**31, 11])
async def test_a_quantity_that_makes_no_sense_is_refused(world: World, quantity: Any) -> None:
    """A negative quantity must not create stock, nor any other change it."""
    ticket = await world.ticket(seats=100)
    answer = await (await world.buyer()).order(ticket, quantity)
    assert answer.status_code == 400
    assert "error" in answer.json()
    assert await world.left(ticket) == 100


async def test_sold_out_says_so(world: World) -> None:
    """With 400: the checkout page takes 401 and 403 for a lost log-in."""
    answer = await (await world.buyer()).order(await world.ticket(seats=1), 2)
    assert (answer.status_code, answer.json()) == (400, {"error": "Not enough tickets available"})


async def test_an_unknown_ticket_is_404(world: World) -> None:
    """There is nothing to sell."""
    answer = await (await world.buyer()).order({"event_id": 1, "id": 999_999})
    assert (answer.status_code, answer.json()) == (404, {"error": "Ticket not found"})


async def test_a_ticket_of_another_event_is_refused(world: World) -> None:
    """Event and ticket type are checked against each other."""
    ticket, other = await world.ticket(), await world.ticket()
    answer = await (await world.buyer()).order({**ticket, "event_id": other["event_id"]})
    assert (answer.status_code, await world.left(ticket)) == (400, 10)


async def test_a_draft_cannot_be_bought(world: World) -> None:
    """Nobody buys what is not published."""
    ticket = await world.ticket(status="draft")
    answer = await (await world.buyer()).order(ticket)
    assert (answer.status_code, await world.left(ticket)) == (400, 10)


async def test_cancelling_restocks_once_and_for_good(world: World) -> None:
    """pending → cancelled gives the seats back; again changes nothing; paying is over."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    number = (await buyer.order(ticket, 3)).json()["order"]["order_number"]
    statuses = [(await buyer.settle(number, status)).status_code for status in ("cancelled", "cancelled", "paid")]
    assert statuses == [200, 200, 409]
    assert await world.left(ticket) == 5


async def test_many_cancellations_at_once_restock_once(world: World) -> None:
    """The race that oversells."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    number = (await buyer.order(ticket, 2)).json()["order"]["order_number"]
    await asyncio.gather(*(buyer.settle(number, "cancelled") for _ in range(20)))
    assert await world.left(ticket) == 5


async def test_a_paid_order_stays_paid(world: World) -> None:
    """Paid → cancelled is a refund, not a payment's end; the seats stay sold."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=5)
    number = (await buyer.order(ticket, 2)).json()["order"]["order_number"]
    assert (await buyer.settle(number, "paid")).json()["order"]["paid_at"]
    answer = await buyer.settle(number, "cancelled")
    assert (answer.status_code, await world.left(ticket)) == (409, 3)
    assert answer.json() == {"error": "The order is paid and can no longer become cancelled"}


async def test_tickets_are_valid_only_while_the_order_is_paid(world: World) -> None:
    """Reserved before payment, void with a cancelled order."""
    buyer, ticket = await world.buyer(), await world.ticket()
    seen = []
    for end in ("paid", "cancelled"):
        number = (await buyer.order(ticket)).json()["order"]["order_number"]
        seen.append((await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"][0]["status"])
        await buyer.settle(number, end)
        seen.append((await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"][0]["status"])
    assert seen == ["reserved", "valid", "reserved", "void"]


async def test_nobody_sees_or_settles_somebody_else_s_order(world: World) -> None:
    """Owner, outsider, visitor, administrator."""
    owner, outsider, admin = await world.buyer(), await world.buyer(), await world.admin()
    number = (await owner.order(await world.ticket())).json()["order"]["order_number"]
    people = (owner, outsider, world.visitor(), admin)
    for path in (f"/api/orders/{number}", f"/api/orders/{number}/tickets"):
        assert [(await person.get(path)).status_code for person in people] == [200, 404, 401, 200]
    assert [(await person.settle(number, "paid")).status_code for person in people[1:]] == [404, 401, 200]


async def test_my_orders_are_mine_and_newest_first(world: World) -> None:
    """A list for one buyer."""
    buyer, other, ticket = await world.buyer(), await world.buyer(), await world.ticket()
    numbers = [(await buyer.order(ticket)).json()["order"]["order_number"] for _ in range(3)]
    await other.order(ticket)
    orders = (await buyer.get("/api/orders/user/me")).json()["orders"]
    assert [order["order_number"] for order in orders] == numbers[::-1]


async def test_a_token_whose_account_is_gone_is_refused(world: World) -> None:
    """As after the database was made anew; not an internal error."""
    buyer, ticket = await world.buyer(), await world.ticket()
    await world.sql("DELETE FROM users WHERE role = 'user'")
    answer = await buyer.order(ticket)
    assert (answer.status_code, answer.json()) == (403, {"error": "Invalid or expired token"})


async def test_ids_as_text_are_understood(world: World) -> None:
    """A page that takes them from its address sends text."""
    ticket = await world.ticket()
    answer = await (await world.buyer()).order({"id": str(ticket["id"]), "event_id": str(ticket["event_id"])})
    assert answer.status_code == 201


async def test_the_probe_orders_without_a_trace_in_the_figures(world: World) -> None:
    """The synthetic checkout of on-call, whole."""
    shopper = await world.probe()
    ids = (await shopper.get("/api/probe")).json()
    placed = await shopper.post("/api/orders", json={**ids, "quantity": 1, "paymentMethod": "probe"})
    assert placed.status_code == 201
    assert (await shopper.settle(placed.json()["order"]["order_number"], "cancelled")).status_code == 200
    assert world.counted("ticketing_orders_total", outcome="confirmed") == 0


async def test_what_the_probe_gave_back_is_forgotten_after_an_hour(world: World) -> None:
    """With its history. A buyer's orders are kept, and so is what the probe bought a moment ago."""
    shopper, buyer = await world.probe(), await world.buyer()
    ids = (await shopper.get("/api/probe")).json()
    hidden = {"event_id": ids["eventId"], "id": ids["ticketId"]}
    old, new = [await shopper.ordered(hidden) for _ in range(2)]
    bought = await buyer.ordered(await world.ticket())
    for who, number in ((shopper, old), (shopper, new), (buyer, bought)):
        assert (await who.settle(number, "cancelled")).status_code == 200
    long_ago = "UPDATE orders SET cancelled_at = now() - interval '2 hours' WHERE order_number = ANY($1)"
    await world.sql(long_ago, [old, bought])
    await probe.forget(world.office)
    rows = await world.office.database.rows("SELECT order_number FROM orders")
    assert {row["order_number"] for row in rows} == {new, bought}
    history = await world.office.database.rows("SELECT DISTINCT order_id FROM order_history")
    assert len(history) == 2


async def test_the_probe_event_is_for_the_probe_only_and_it_buys_nothing_else(world: World) -> None:
    """Not listed, not shown, not sold to buyers."""
    shopper, buyer = await world.probe(), await world.buyer()
    ids = (await shopper.get("/api/probe")).json()
    hidden = {"event_id": ids["eventId"], "id": ids["ticketId"]}
    assert (await buyer.get("/api/probe")).status_code == 403
    assert (await buyer.get(f"/api/events/{ids['eventId']}")).status_code == 404
    assert (await buyer.get(f"/api/tickets/{ids['ticketId']}")).status_code == 404
    assert (await buyer.order(hidden)).status_code == 400
    assert (await shopper.order(await world.ticket())).status_code == 400
