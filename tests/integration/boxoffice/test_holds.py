"""Holds end, and their seats come back once: at the next sale, at the next look, or when the sweeper comes by."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tixmaster.boxoffice import stocktaking
from tixmaster.boxoffice.orders import settle
from tixmaster.boxoffice.payments import queries

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import Caller, OpenWorld, World

STATES = ("hold", "pending", "paid", "cancelled", "expired", "refunded")
LEGAL = {
    ("hold", "pending"), ("hold", "paid"), ("hold", "cancelled"), ("hold", "expired"),
    ("pending", "paid"), ("pending", "cancelled"), ("pending", "expired"),
    ("expired", "paid"), ("paid", "refunded"),
}  # fmt: skip
CHANGE = (
    "UPDATE orders SET status = $1, paid_at = CASE WHEN $1 IN ('paid', 'refunded') THEN now() END, "
    "cancelled_at = CASE WHEN $1 = 'cancelled' THEN now() END, refunded_at = CASE WHEN $1 = 'refunded' THEN now() END "
    "WHERE order_number = $2"
)
WAYS = {
    "hold": [], "pending": ["pending"], "paid": ["paid"], "cancelled": ["cancelled"], "expired": ["expired"],
    "refunded": ["paid", "refunded"],
}  # fmt: skip
OUT_OF_TIME = "not paid in time"


async def in_state(world: World, state: str, ticket: dict[str, Any]) -> str:
    """The number of a new hold, brought into a state."""
    number = await (await world.buyer()).held(ticket)
    for step in WAYS[state]:
        await world.sql(CHANGE, step, number)
    return number


async def limit(world: World, ticket: dict[str, Any], seats: int) -> None:
    """A buyer may have so many seats of this ticket."""
    await world.sql("UPDATE ticket_types SET max_per_buyer = $2 WHERE id = $1", ticket["id"], seats)


async def accounts_add_up(world: World) -> bool:
    """Whether stock, held and sold seats make up the total of every ticket type."""
    async with world.office.database.connection() as connection:
        return all(account.difference == 0 for account in await stocktaking.accounts(connection))


@pytest.mark.parametrize("place", ["held", "ordered"])
async def test_a_sale_takes_the_seats_of_an_overdue_hold_at_once(world: World, place: str) -> None:
    """Sold out but for somebody who did not pay in time: nobody waits for the sweeper."""
    late, buyer, ticket = await world.buyer(), await world.buyer(), await world.ticket(seats=2)
    number = await getattr(late, place)(ticket, 2)
    assert (await buyer.order(ticket)).status_code == 400
    await world.run_out(number)
    world.office.reservations.seats_came_back(ticket["id"])
    assert (await buyer.order(ticket, 2)).status_code == 201
    assert (await late.status(number), await world.left(ticket)) == ("expired", 0)
    assert (await world.history(number))[-1][1:] == ("expired", OUT_OF_TIME)


async def test_a_hold_within_its_time_is_nobody_else_s(world: World) -> None:
    """Until the very end."""
    number = await (await world.buyer()).held(ticket := await world.ticket(seats=1))
    assert (await (await world.buyer()).order(ticket)).status_code == 400
    await settle.sweep(world.office)
    assert [became for _, became, _ in await world.history(number)] == ["hold"]


@pytest.mark.parametrize("wish", ["paid", "cancelled"])
async def test_an_overdue_order_is_neither_paid_nor_cancelled(world: World, wish: str) -> None:
    """It has expired, whether or not the sweeper came by; nobody is charged."""
    buyer, ticket = await world.buyer(), await world.ticket()
    number = await buyer.held(ticket)
    await world.run_out(number)
    answer = await buyer.settle(number, wish)
    assert answer.status_code == 409
    assert answer.json() == {"error": f"The order is expired and can no longer become {wish}"}
    assert (await world.left(ticket), (await world.sql("SELECT count(*) FROM payments"))["count"]) == (10, 0)
    assert (await buyer.post(f"/api/orders/{number}/payments", json={})).status_code == 409


async def test_the_sweeper_gives_back_what_is_over_and_nothing_else(world: World) -> None:
    """It counts them, leaves a line in the history, and has nothing left to do."""
    buyer, ticket = await world.buyer(), await world.ticket()
    over = [await buyer.held(ticket), await buyer.ordered(ticket, 2)]
    keep = await buyer.held(ticket, 3)
    await world.run_out(*over)
    for _ in range(2):
        await settle.sweep(world.office)
    assert [await buyer.status(number) for number in (*over, keep)] == ["expired", "expired", "hold"]
    assert await world.history(over[0]) == [(None, "hold", None), ("hold", "expired", OUT_OF_TIME)]
    assert (await world.left(ticket), world.counted("ticketing_orders_total", outcome="expired")) == (7, 2)


async def test_the_sweeper_sweeps_more_than_one_load(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small statements instead of a large one."""
    monkeypatch.setattr(settle, "SWEEP", 2)
    buyer, ticket = await world.buyer(), await world.ticket()
    await world.run_out(*[await buyer.held(ticket) for _ in range(5)])
    await settle.sweep(world.office)
    assert (await world.left(ticket), world.counted("ticketing_orders_total", outcome="expired")) == (10, 5)


async def test_the_seats_come_back_once_whoever_is_first(open_world: OpenWorld) -> None:
    """Sweepers of two box offices, cancellations, late money and new sales, all at once."""
    here, there = await open_world(), await open_world()
    buyer, ticket = await here.buyer(), await here.ticket(seats=12)
    elsewhere = there.visitor().as_(buyer)
    numbers = [await buyer.held(ticket) for _ in range(12)]
    payments = [
        (await buyer.post(f"/api/orders/{number}/payments", json={})).json()["payment"]["id"] for number in numbers[:4]
    ]
    await here.run_out(*numbers)
    await asyncio.gather(
        *(settle.sweep(world.office) for world in (here, there) * 3),
        *(person.settle(number, "cancelled") for number in numbers for person in (buyer, elsewhere)),
        *(queries.succeeded(here.office.database, payment, take_late=True) for payment in payments),
        *(elsewhere.order(ticket) for _ in range(8)),
    )
    await settle.sweep(here.office)
    assert await accounts_add_up(here)
    ends = [[became for _, became, _ in await here.history(number)].count("expired") for number in numbers]
    assert ends == [1] * 12


async def test_cancelling_and_paying_at_once_end_one_way(world: World) -> None:
    """Whichever: the seat is either sold, or back and the money too."""
    ticket = await world.ticket(seats=10)
    buyer = await world.buyer()
    for _ in range(10):
        number = await buyer.ordered(ticket)
        await asyncio.gather(buyer.settle(number, "paid"), buyer.settle(number, "cancelled"))
        assert await buyer.status(number) in ("paid", "cancelled")
    await world.office.desk.give_back_due()
    row = await world.sql("SELECT count(*) FILTER (WHERE status = 'paid') AS paid FROM orders")
    kept = await world.sql("SELECT count(*) AS all FROM simulated_charges WHERE outcome = 'succeeded' AND NOT refunded")
    assert (await accounts_add_up(world), row["paid"]) == (True, kept["all"])


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("sale_starts_at = now() + interval '1 h'", "The sale of this ticket has not begun yet"),
        ("sale_ends_at = now() - interval '1 s'", "The sale of this ticket is over"),
        ("sale_starts_at = now() - interval '1 h', sale_ends_at = now() + interval '1 h'", None),
    ],
)
async def test_tickets_are_sold_within_their_window(world: World, window: str, words: str | None) -> None:
    """Held neither before nor after."""
    buyer, ticket = await world.buyer(), await world.ticket()
    await world.sql(f"UPDATE ticket_types SET {window}")  # noqa: S608
    for answer in (await buyer.order(ticket), await buyer.hold(ticket)):
        assert (answer.status_code, answer.json().get("error")) == ((400, words) if words else (201, None))
    assert await world.left(ticket) == (10 if words else 8)


async def test_a_buyer_gets_so_many_seats_and_no_more(world: World) -> None:
    """Over all their orders; what was cancelled or expired does not count, what others bought neither."""
    buyer, other, ticket = await world.buyer(), await world.buyer(), await world.ticket()
    await limit(world, ticket, 3)
    first = await buyer.held(ticket, 2)
    refused = await buyer.order(ticket, 2)
    assert (refused.status_code, refused.json()) == (400, {"error": "More tickets than one person may buy"})
    assert (await other.order(ticket, 3)).status_code == 201
    await buyer.settle(first, "cancelled")
    second = await buyer.ordered(ticket, 3)
    assert (await buyer.order(ticket)).status_code == 400
    await world.run_out(second)
    third = await buyer.ordered(ticket, 3)
    assert (await buyer.settle(third, "paid")).status_code == 200
    assert (await buyer.order(ticket)).status_code == 400


async def sold_at_once(people: list[Caller], ticket: dict[str, Any], each: int) -> list[httpx.Response]:
    """The answers to as many orders of one seat, all at once."""
    return await asyncio.gather(*(person.order(ticket) for person in people for _ in range(each)))


async def test_the_limit_holds_within_one_batch(world: World) -> None:
    """Ten orders that are merged into one statement; the neighbours in it have limits of their own."""
    buyer, other, ticket = await world.buyer(), await world.buyer(), await world.ticket(seats=30)
    await limit(world, ticket, 4)
    answers = await sold_at_once([buyer, other], ticket, 10)
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [400] * 12
    assert await world.left(ticket) == 22


async def test_the_limit_holds_over_two_box_offices(open_world: OpenWorld) -> None:
    """The same buyer at both doors in the same moment."""
    here, there = await open_world(), await open_world()
    buyer, ticket = await here.buyer(), await here.ticket(seats=50)
    await limit(here, ticket, 5)
    answers = await sold_at_once([buyer, there.visitor().as_(buyer)], ticket, 10)
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [400] * 15
    assert await here.left(ticket) == 45


async def test_the_history_tells_who_and_why(world: World) -> None:
    """A row for each change of state, in their order; late money included."""
    buyer, ticket = await world.buyer(), await world.ticket()
    number = await buyer.held(ticket)
    payment = (await buyer.post(f"/api/orders/{number}/payments", json={})).json()["payment"]["id"]
    await world.run_out(number)
    await settle.sweep(world.office)
    await queries.succeeded(world.office.database, payment, take_late=True)
    assert await world.history(number) == [
        (None, "hold", None),
        ("hold", "pending", "payment begun"),
        ("pending", "expired", OUT_OF_TIME),
        ("expired", "paid", f"late payment {payment}"),
    ]
    row = await world.sql(
        "SELECT array_agg(u.role ORDER BY at) AS r FROM order_history h LEFT JOIN users u ON u.id = actor"
    )
    assert row["r"] == ["user", "user", None, None]


async def test_the_database_allows_the_legal_changes_of_state_only(world: World) -> None:
    """All thirty pairs, by direct SQL: whatever the code does, no order goes another way, and the seats add up."""
    ticket = await world.ticket(seats=100)
    allowed = set()
    for was, becomes in itertools.permutations(STATES, 2):
        number = await in_state(world, was, ticket)
        try:
            await world.sql(CHANGE, becomes, number)
        except asyncpg.CheckViolationError as error:
            assert error.constraint_name == "order_states"  # noqa: PT017
        else:
            allowed.add((was, becomes))
    assert allowed == LEGAL
    assert await accounts_add_up(world)


@pytest.mark.parametrize("state", ["paid", "cancelled", "expired", "refunded"])
async def test_an_order_begins_as_a_hold_or_pending(world: World, state: str) -> None:
    """There is no way around the beginning."""
    ticket = await world.ticket()
    with pytest.raises(asyncpg.CheckViolationError):
        await world.sql(
            "INSERT INTO orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method, status,"
            "                    expires_at, ticket_codes, paid_at, cancelled_at, refunded_at) "
            "SELECT 'X', id, $1, $2, 1, 1, 'card', $3, now(), '{TK-X}', CASE WHEN $3 IN ('paid', 'refunded') THEN now() END,"
            "       CASE $3 WHEN 'cancelled' THEN now() END, CASE $3 WHEN 'refunded' THEN now() END FROM users LIMIT 1",
            ticket["event_id"], ticket["id"], state,
        )  # fmt: skip
    assert await world.left(ticket) == 10


@pytest.mark.parametrize(
    "change",
    [
        "quantity = 2, ticket_codes = '{A,B}'", "total_cents = 0", "ticket_codes = '{TK-MINE}'", "placed_as = 'pending'",
        "expires_at = now() + interval '1 year'", "user_id = (SELECT id FROM users WHERE role = 'admin')",
        "ticket_id = (SELECT max(id) FROM ticket_types), event_id = (SELECT max(event_id) FROM ticket_types)",
    ],
)  # fmt: skip
async def test_what_was_ordered_does_not_change(world: World, change: str) -> None:
    """Neither how much, nor the price, nor whose it is, nor how long it is held."""
    ticket, _ = await world.ticket(), await world.ticket()
    await (await world.buyer()).held(ticket)
    with pytest.raises(asyncpg.CheckViolationError):
        await world.sql(f"UPDATE orders SET {change}")  # noqa: S608
    assert await accounts_add_up(world)
