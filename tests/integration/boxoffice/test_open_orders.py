"""One buyer holds a bounded number of unpaid orders and seats, over all ticket types, however many requests come at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.boxoffice.conftest import environment
from tests.integration.boxoffice.shopping import held, logged_in, organizer, put_on, submit

from tixmaster.boxoffice.settings import read

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import OpenWorld, World

KIND = {"ticketType": "Seat", "price": "25.00", "totalQuantity": 200}
TOO_MANY = {"error": "You have too many unpaid orders or seats. Pay for or cancel one of your orders, then try again"}


async def kinds(world: World, count: int, seats: int = 500) -> list[dict[str, Any]]:
    """So many ticket types, each of an event of its own."""
    return [await world.ticket(seats=seats) for _ in range(count)]


async def patiently(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Asks again where the machine is too busy to answer in time: 503 is no answer to the question of these tests."""
    while (answer := await ask()).status_code == 503:  # noqa: ASYNC110 - the server announces nothing
        await asyncio.sleep(0.2)
    return answer


def test_the_bounds_have_defaults() -> None:
    """Five orders and twenty seats; 0 takes a bound away."""
    given = {name: value for name, value in environment("x").items() if not name.startswith("BOXOFFICE_MAX_OPEN")}
    assert (read(given).terms.open_orders, read(given).terms.open_seats) == (5, 20)
    none = read(given | {"BOXOFFICE_MAX_OPEN_ORDERS": "0", "BOXOFFICE_MAX_OPEN_SEATS": "0"}).terms
    assert (none.open_orders, none.open_seats) == (None, None)


async def test_one_account_no_longer_holds_every_seat(open_world: OpenWorld) -> None:
    """The report: 200 seats of a type without a limit per buyer, ten an order. Others still get theirs."""
    world = await open_world(open_orders=5, open_seats=20)
    greedy, other, ticket = await world.buyer(), await world.buyer(), await world.ticket(seats=200)
    answers = await asyncio.gather(*(patiently(lambda: greedy.hold(ticket, 10)) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 18
    assert {answer.text for answer in answers if answer.status_code == 409} == {(await greedy.order(ticket)).text}
    assert (await greedy.order(ticket)).json() == TOO_MANY
    assert (await other.order(ticket, 10)).status_code == 201
    assert await world.left(ticket) == 170


async def test_paying_cancelling_and_expiring_make_room(open_world: OpenWorld) -> None:
    """What is paid for is no open order."""
    world = await open_world(open_orders=2, open_seats=20)
    buyer, ticket = await world.buyer(), await world.ticket(seats=500)
    first, second = await buyer.held(ticket), await buyer.ordered(ticket)
    assert (await buyer.order(ticket)).status_code == 409
    assert (await buyer.settle(first, "paid")).status_code == 200
    third = await buyer.ordered(ticket)
    await buyer.settle(second, "cancelled")
    fourth = await buyer.ordered(ticket)
    await world.run_out(third, fourth)
    assert [(await buyer.order(ticket)).status_code for _ in range(3)] == [201, 201, 409]


async def test_a_single_order_goes_by_the_limit_of_its_type(open_world: OpenWorld) -> None:
    """A school that may order 100 at once can; a second order beside it cannot."""
    world = await open_world(open_orders=5, open_seats=20)
    buyer, ticket = await world.buyer(), await world.ticket(seats=500)
    await world.sql("UPDATE ticket_types SET max_per_order = 100 WHERE id = $1", ticket["id"])
    assert [(await buyer.order(ticket, quantity)).status_code for quantity in (100, 1)] == [201, 409]


@pytest.mark.parametrize("wish", ["order", "hold"])
async def test_the_bound_holds_at_once_over_many_ticket_types_and_processes(open_world: OpenWorld, wish: str) -> None:
    """Sixty requests for twelve ticket types through two box offices: five orders, in the database too."""
    here, there = await open_world(open_orders=5, open_seats=20), await open_world(open_orders=5, open_seats=20)
    buyer = await here.buyer()
    doors = [buyer, there.visitor().as_(buyer)]
    tickets = await kinds(here, 12)
    answers = await asyncio.gather(
        *(patiently(partial(getattr(doors[number % 2], wish), tickets[number % 12])) for number in range(60))
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 55
    row = await here.sql("SELECT count(*) AS orders FROM orders WHERE status IN ('hold', 'pending')")
    assert row["orders"] == 5


async def test_seats_are_bounded_at_once_too(open_world: OpenWorld) -> None:
    """Orders of several sizes over several types: never more than the bound in all."""
    world = await open_world(open_orders=100, open_seats=20)
    buyer, tickets = await world.buyer(), await kinds(world, 6)
    await asyncio.gather(*(buyer.order(tickets[number % 6], 1 + number % 7) for number in range(60)))
    row = await world.sql("SELECT sum(quantity) AS seats, count(*) AS orders FROM orders")
    assert (row["seats"] <= 20, row["orders"] >= 3) == (True, True)


async def test_buyers_do_not_hinder_each_other_and_nobody_deadlocks(open_world: OpenWorld) -> None:
    """Twenty buyers want four types each, in different orders, through two box offices: all get them."""
    here, there = await open_world(open_orders=5, open_seats=20), await open_world(open_orders=5, open_seats=20)
    buyers, tickets = [await here.buyer() for _ in range(20)], await kinds(here, 4)
    elsewhere = [there.visitor().as_(buyer) for buyer in buyers]
    answers = await asyncio.gather(
        *(
            patiently(partial((buyers, elsewhere)[(place + turn) % 2][place].order, tickets[(place + turn) % 4]))
            for turn in range(4)
            for place in range(20)
        )
    )
    assert {answer.status_code for answer in answers} == {201}


async def test_the_probe_is_not_bounded(open_world: OpenWorld) -> None:
    """A purchase that could not be given back must not silence the synthetic checkout."""
    world = await open_world(open_orders=1, open_seats=1)
    shopper = await world.probe()
    ids = (await shopper.get("/api/probe")).json()
    ticket = {"event_id": ids["eventId"], "id": ids["ticketId"]}
    assert [(await shopper.order(ticket)).status_code for _ in range(4)] == [201] * 4


async def test_selling_looks_at_the_orders_that_count_alone(open_world: OpenWorld) -> None:
    """By an index of them: who lets thousands of orders expire does not make the sale slow for all."""
    world = await open_world(open_orders=5, open_seats=20)
    plan = await world.sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'orders_live_of_buyer'")
    assert "hold" in plan["indexdef"]
    async with world.office.database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch(
            "EXPLAIN SELECT sum(quantity) FROM orders WHERE user_id = '00000000-0000-0000-0000-000000000000' "
            "AND ticket_id = 1 AND status IN ('hold', 'pending', 'paid') AND (status = 'paid' OR expires_at > now())"
        )
        open_rows = await connection.fetch(
            "EXPLAIN SELECT quantity FROM orders WHERE user_id = '00000000-0000-0000-0000-000000000000' "
            "AND status IN ('hold', 'pending') AND (expires_at > now()) IS TRUE LIMIT 5"
        )
    for found in (rows, open_rows):
        assert any("orders_live_of_buyer" in row[0] for row in found), [row[0] for row in found]


async def test_the_page_says_what_to_do(open_world: OpenWorld) -> None:
    """With the way to the orders, in both languages."""
    world = await open_world(open_orders=1, open_seats=20)
    browser, ticket = await logged_in(world), await world.ticket()
    await held(browser, ticket)
    path, fields = f"/events/{ticket['event_id']}", {"ticket": str(ticket["id"]), "quantity": "1", "key": "again"}
    refused = await submit(browser, f"{path}/hold", fields, on=path)
    assert (refused.status_code, "<h1>You have too many unpaid orders</h1>" in refused.text) == (409, True)
    assert 'href="/orders"' in refused.text
    browser.cookies.set("shop-language", "zh-TW")
    assert "未付款的訂單過多" in (await submit(browser, f"{path}/hold", fields, on=path)).text


async def test_new_ticket_types_are_limited_unless_the_organizer_says_otherwise(world: World) -> None:
    """4 per order and 8 per buyer; `null` is no limit per buyer."""
    organiser, buyer = await world.organizer(), await world.buyer()
    event = (await world.event_of(organiser))["event_id"]
    tickets = f"/api/events/{event}/tickets"
    first = (await organiser.post(tickets, json={**KIND, "ticketType": "Limited"})).json()["ticket"]
    assert (first["max_per_order"], first["max_per_buyer"]) == (4, 8)
    free = await organiser.post(tickets, json={**KIND, "ticketType": "Free", "maxPerOrder": 50, "maxPerBuyer": None})
    assert (free.json()["ticket"]["max_per_order"], free.json()["ticket"]["max_per_buyer"]) == (50, None)
    answers = [await buyer.order(first, quantity) for quantity in (5, 4, 4, 1)]
    assert [answer.status_code for answer in answers] == [400, 201, 201, 400]
    assert answers[3].json() == {"error": "More tickets than one person may buy"}


async def test_organizers_are_warned_of_types_without_a_limit(world: World) -> None:
    """On the list and on the event, in both languages, until a limit is set; not of what is no longer sold."""
    browser = await organizer(world)
    ticket = await put_on(browser)
    page = f"/organizer/events/{ticket['event_id']}"
    warning, listed = "No limit per buyer: one account can buy every seat", "A ticket type has no limit per buyer"
    form = (await browser.get(f"{page}/tickets/new")).text
    assert re.findall(r'name="per_(?:order|buyer)"[^>]*value="(\d*)"', form) == ["4", "8"]
    assert warning in (await browser.get(page)).text
    assert listed in (await browser.get("/organizer")).text
    browser.cookies.set("shop-language", "zh-TW")
    assert "未設每人上限" in (await browser.get(page)).text
    assert "有票種未設每人上限" in (await browser.get("/organizer")).text
    browser.cookies.set("shop-language", "en")
    change = f"/organizer/tickets/{ticket['id']}"
    limited = {"name": "Seat", "price": "25", "seats": "10", "per_order": "4", "per_buyer": "6"}
    assert (await submit(browser, change, limited, on=change)).status_code == 303
    assert warning not in (await browser.get(page)).text
    await world.sql("UPDATE ticket_types SET max_per_buyer = NULL WHERE id = $1", ticket["id"])
    await world.sql("UPDATE events SET event_date = now() - interval '1 day' WHERE id = $1", ticket["event_id"])
    assert warning not in (await browser.get(page)).text
    assert listed not in (await browser.get("/organizer")).text
