"""An event that is called off: nothing is sold any more, and everybody gets their money back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tixmaster.boxoffice.jobs import jobs
from tixmaster.boxoffice.organizers import cancelled
from tixmaster.boxoffice.stocktaking import accounts

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, World


async def call_off(organizer: Caller, ticket: dict[str, Any]) -> None:
    answer = await organizer.post(f"/api/events/{ticket['event_id']}/cancel")
    assert (answer.status_code, answer.json()["event"]["status"]) == (200, "cancelled")


async def states(world: World) -> dict[str, int]:
    """How many orders are in which state."""
    row = await world.sql(
        "SELECT array_agg(status) AS states, array_agg(n) AS counts "
        "FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) s"
    )
    return dict(zip(row["states"], row["counts"], strict=True))


async def test_a_cancelled_event_sells_nothing_and_is_not_listed(world: World) -> None:
    """From the answer on; and cancelled is the end: no change, no ticket type, no second life."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    event = f"/api/events/{ticket['event_id']}"
    await call_off(organizer, ticket)
    await call_off(organizer, ticket)
    assert (await buyer.order(ticket)).status_code == 400
    assert (await buyer.get(event)).status_code == 404
    kind = {"ticketType": "More", "price": "1", "totalQuantity": 1}
    later = [
        await organizer.put(event, json={"title": "Again"}),
        await organizer.post(f"{event}/publish"),
        await organizer.post(f"{event}/tickets", json=kind),
        await organizer.put(f"/api/tickets/{ticket['id']}", json={"price": "1"}),
    ]
    assert [answer.status_code for answer in later] == [409] * 4
    row = await world.sql("SELECT count(*) AS n FROM audit_log WHERE action = 'event cancelled'")
    assert row["n"] == 1


async def test_only_its_organiser_and_administrators_call_an_event_off(world: World) -> None:
    """Another organiser, a buyer, a visitor, an administrator."""
    ticket = await world.event_of(await world.organizer())
    people = (await world.organizer(), await world.buyer(), world.visitor(), await world.admin())
    path = f"/api/events/{ticket['event_id']}/cancel"
    assert [(await person.post(path)).status_code for person in people] == [403, 403, 401, 200]


async def test_everybody_gets_their_money_back(world: World) -> None:
    """Paid → refunded, pending and held → cancelled; stock as at the start, tickets void, charges given back."""
    organizer, buyer, other = await world.organizer(), await world.buyer(), await world.buyer()
    ticket, elsewhere = await world.event_of(organizer, seats=20), await world.event_of(organizer)
    paid = [await buyer.bought(ticket, 2), await other.bought(ticket, 3)]
    await buyer.order(ticket, 4)
    ids = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1}
    assert (await other.post("/api/holds", json=ids)).status_code == 201
    await buyer.bought(elsewhere)
    await call_off(organizer, ticket)
    await cancelled.end_orders(world.office)
    assert await states(world) == {"refunded": 2, "cancelled": 2, "paid": 1}
    assert (await world.left(ticket), await world.left(elsewhere)) == (20, 9)
    tickets = (await buyer.get(f"/api/orders/{paid[0]}/tickets")).json()["tickets"]
    assert [(item["status"], item["qr_code"]) for item in tickets] == [("void", None)] * 2
    await world.office.desk.give_back_due()
    charges = await world.sql("SELECT count(*) AS n, count(*) FILTER (WHERE refunded) AS back FROM simulated_charges")
    assert (charges["n"], charges["back"]) == (3, 2)
    history = await world.sql("SELECT actor, reason FROM order_history WHERE became = 'refunded' LIMIT 1")
    assert tuple(history) == (None, "the event was cancelled")


async def test_it_goes_on_where_a_killed_process_stopped(world: World) -> None:
    """One order of each kind was ended, then the process died; the next one does the rest and looks no further."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer, seats=20)
    for _ in range(3):
        await buyer.bought(ticket)
        await buyer.order(ticket)
    await call_off(organizer, ticket)
    assert await cancelled.end_some(world.office, 1) == 2
    assert await states(world) == {"refunded": 1, "cancelled": 1, "paid": 2, "pending": 2}
    await cancelled.end_orders(world.office)
    assert await states(world) == {"refunded": 3, "cancelled": 3}
    assert await world.left(ticket) == 20
    row = await world.sql("SELECT unpaid_ended_at FROM events WHERE id = $1", ticket["event_id"])
    assert row["unpaid_ended_at"] is not None


async def test_several_processes_end_each_order_once(world: World) -> None:
    """They share the work, over several ticket types, and nobody waits for ever."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer, seats=50)
    kind = {"ticketType": "Other", "price": "1", "totalQuantity": 50, "maxPerBuyer": None}
    made = await organizer.post(f"/api/events/{ticket['event_id']}/tickets", json=kind)
    second = made.json()["ticket"]
    for one in (ticket, second) * 6:
        await buyer.bought(one)
        await buyer.order(one)
    await call_off(organizer, ticket)
    while sum(await asyncio.gather(*(cancelled.end_some(world.office, 2) for _ in range(4)))):
        pass
    assert await states(world) == {"refunded": 12, "cancelled": 12}
    assert (await world.left(ticket), await world.left(second)) == (50, 50)
    row = await world.sql("SELECT count(*) AS n FROM order_history WHERE became IN ('refunded', 'cancelled')")
    assert row["n"] == 24


async def test_a_sale_and_its_cancellation_at_the_same_moment(world: World) -> None:
    """Whoever bought before it was called off is ended, whoever came after was refused; no seat is lost."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer, seats=100)
    buyers = [await world.buyer() for _ in range(5)]
    cancel = organizer.post(f"/api/events/{ticket['event_id']}/cancel")
    answers = await asyncio.gather(*(buyer.order(ticket) for buyer in buyers * 4), cancel)
    assert {answer.status_code for answer in answers[:-1]} <= {201, 400}
    await cancelled.end_orders(world.office)
    async with world.office.database.connection() as connection:
        (account,) = [one for one in await accounts(connection) if one.ticket_id == ticket["id"]]
    assert (account.stock, account.held, account.sold) == (100, 0, 0)


async def test_cancelling_waits_for_the_sale_that_is_under_way(world: World) -> None:
    """A sale that looked at the event before is committed when the answer comes, so that nobody overlooks its order."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer)
    async with world.office.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM ticket_types WHERE id = $1 FOR NO KEY UPDATE", ticket["id"])
        cancel = asyncio.create_task(call_off(organizer, ticket))
        while not (await world.sql("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AS waits"))["waits"]:
            assert not cancel.done()
    await cancel


async def test_money_that_was_under_way_goes_back_too(world: World) -> None:
    """The order was cancelled before the payment arrived: that money is due back as well."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    number = (await buyer.order(ticket)).json()["order"]["order_number"]
    opened = (await buyer.post(f"/api/orders/{number}/payments", json={})).json()["payment"]
    await call_off(organizer, ticket)
    await cancelled.end_orders(world.office)
    await buyer.post(f"/api/payments/simulator/{opened['reference']}", json={})
    provider: Any = world.office.desk.provider
    await provider.deliver_due()
    await world.office.desk.give_back_due()
    row = await world.sql("SELECT status FROM payments")
    assert row["status"] == "refunded"


async def test_ending_the_orders_is_a_job(world: World) -> None:
    """Nobody has to ask for it."""
    assert "end the orders of cancelled events" in {job.name for job in jobs(world.office)}


async def test_an_order_is_refunded_by_its_organiser_or_an_administrator(world: World) -> None:
    """Buyer, another organiser, an organiser who bought it, a visitor; then who may; again it changes nothing."""
    organizer, admin, other = await world.organizer(), await world.admin(), await world.organizer()
    buyer, ticket, why = await world.buyer(), await world.event_of(organizer), {"reason": "two shows in one evening"}
    number, of_other = await buyer.bought(ticket, 2), await other.bought(ticket)
    path = f"/api/orders/{number}/refund"
    asked = [await person.post(path, json=why) for person in (buyer, other, world.visitor())]
    assert [answer.status_code for answer in asked] == [403, 404, 401]
    assert (await other.post(f"/api/orders/{of_other}/refund", json=why)).status_code == 403
    assert (await organizer.post(path, json={"reason": " "})).status_code == 400
    for _ in range(2):
        answer = await organizer.post(path, json=why)
        assert (answer.status_code, answer.json()["order"]["status"]) == (200, "refunded")
    assert (await admin.post(f"/api/orders/{of_other}/refund", json=why)).status_code == 200
    assert await world.left(ticket) == 10
    row = await world.sql("SELECT actor, reason FROM order_history WHERE became = 'refunded' ORDER BY at LIMIT 1")
    assert (str(row["actor"]), row["reason"]) == (await organizer.id(), why["reason"])
    noted = await world.sql("SELECT count(*) AS n FROM audit_log WHERE action = 'order refunded'")
    assert noted["n"] == 2


async def test_what_was_not_paid_is_not_refunded(world: World) -> None:
    """409 with the state."""
    organizer, buyer = await world.organizer(), await world.buyer()
    number = (await buyer.order(await world.event_of(organizer))).json()["order"]["order_number"]
    answer = await organizer.post(f"/api/orders/{number}/refund", json={"reason": "ill"})
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "The order is pending: only a paid one can be refunded"},
    )
