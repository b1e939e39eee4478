"""Events that have begun are neither listed nor sold; what was bought before stays good."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.boxoffice.conftest import BEGINS, EVENT
from tests.integration.boxoffice.shopping import bought, held, logged_in, organizer, put_on, submit

from tixmaster.boxoffice import stocktaking

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import World

BEGUN = {"error": "This event has already begun. Its tickets are no longer sold"}


async def begin(world: World, ticket: dict[str, Any], ago: str = "1 hour") -> None:
    """The event of a ticket type began so long ago."""
    await world.sql("UPDATE events SET event_date = now() - $2::text::interval WHERE id = $1", ticket["event_id"], ago)


async def test_a_past_event_is_not_listed(world: World) -> None:
    """Neither by the API nor on the front page; its own addresses keep answering."""
    ticket, visitor = await world.ticket(), world.visitor()
    path = f"/events/{ticket['event_id']}"
    assert f'href="{path}"' in (await visitor.get("/")).text
    await begin(world, ticket, "1 ms")
    events = (await visitor.get("/api/events")).json()["events"]
    assert ticket["event_id"] not in {event["id"] for event in events}
    assert f'href="{path}"' not in (await visitor.get("/")).text
    assert (await visitor.get(f"/api{path}")).status_code == 200
    answer = (await visitor.get(f"/api/tickets/{ticket['id']}/availability")).json()
    assert (answer["available"], answer["availableQuantity"]) == (False, 10)


@pytest.mark.parametrize("key", [None, "key"])
async def test_a_past_event_is_not_sold(world: World, key: str | None) -> None:
    """By neither way in, and nothing is taken; an order that was sent again gets its first answer."""
    buyer, ticket = await world.buyer(), await world.ticket()
    first = await buyer.order(ticket, key="first")
    await begin(world, ticket)
    for answer in (
        await buyer.order(ticket, key=key),
        await buyer.hold(ticket, key=key and "hold"),
        await buyer.post(  # more than the fast way takes
            "/api/orders",
            json={"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1, "x": "x" * 5000},
        ),
    ):
        assert (answer.status_code, answer.json()) == (400, BEGUN)
    assert (await buyer.order(ticket, key="first")).content == first.content
    assert await world.left(ticket) == 9


async def test_the_clock_is_that_of_the_database(world: World) -> None:
    """Sold until the very beginning, refused from then on: buyers at once, as it passes."""
    ticket, buyers = await world.ticket(seats=500), [await world.buyer() for _ in range(3)]
    await world.sql("UPDATE events SET event_date = now() + interval '1 second' WHERE id = $1", ticket["event_id"])
    answers: list[httpx.Response] = []
    while not answers or answers[-1].status_code == 201:
        answers += await asyncio.gather(*(buyer.order(ticket) for buyer in buyers))
    row = await world.sql(
        "SELECT count(*) AS orders, coalesce(max(o.created_at) < max(e.event_date), true) AS before "
        "FROM events e LEFT JOIN orders o ON o.event_id = e.id WHERE e.id = $1",
        ticket["event_id"],
    )
    assert (row["orders"], row["before"]) == (sum(answer.status_code == 201 for answer in answers), True)


async def test_a_hold_from_before_is_paid_until_it_expires(world: World) -> None:
    """Whoever had seats when it began may pay; the ticket lets in."""
    organiser = await world.organizer()
    ticket, buyer = await world.event_of(organiser), await world.buyer()
    held_before, ordered_before = await buyer.held(ticket), await buyer.ordered(ticket)
    await begin(world, ticket)
    for number in (held_before, ordered_before):
        assert (await buyer.settle(number, "paid")).status_code == 200
    order = (await buyer.get(f"/api/orders/{held_before}")).json()["order"]
    scan = {"qr": order["items"][0]["qr_code"], "gate": "A"}
    assert (await organiser.post("/api/check-in", json=scan)).status_code == 200
    assert len((await buyer.get("/api/orders/user/me")).json()["orders"]) == 2


async def test_late_money_for_a_past_event_goes_back(world: World) -> None:
    """The hold ran out and the event has begun: taking the money would be a sale."""
    buyer, ticket = await world.buyer(), await world.ticket()
    number = await buyer.held(ticket)
    payment = (await buyer.post(f"/api/orders/{number}/payments", json={})).json()["payment"]["id"]
    await world.run_out(number)
    await begin(world, ticket)
    became = await world.sql("SELECT settle_payment($1, true) AS became", payment)
    assert (became["became"], await buyer.status(number), await world.left(ticket)) == ("refund_due", "expired", 10)


@pytest.mark.parametrize(
    ("ago", "said", "chinese"), [("1 hour", "has begun", "已開始"), ("3 days", "is over", "已結束")]
)
async def test_the_page_of_a_past_event_says_so(world: World, ago: str, said: str, chinese: str) -> None:
    """And offers nothing to buy; an older page that is still open hears of it, and its form is refused with words."""
    ticket, browser = await world.ticket(), await logged_in(world)
    path = f"/events/{ticket['event_id']}"
    live = re.findall(r'data-live="([^"]+)"', (await browser.get(path)).text)[0]
    await begin(world, ticket, ago)
    text = (await browser.get(path)).text
    assert f"This event {said}" in text
    assert f"此活動{chinese}" in (await browser.get(path, headers={"Accept-Language": "zh-TW"})).text
    assert not re.search(rf'{path}/hold|name="quantity"|Log in to buy|sale begins', text)
    assert (await browser.get(live)).json()["tickets"][str(ticket["id"])]["sale"] == "over"
    late = await submit(browser, f"{path}/hold", {"ticket": str(ticket["id"]), "quantity": "1", "key": "k"}, on="/")
    assert (late.status_code, "<h1>This event has already begun</h1>" in late.text) == (400, True)


async def test_a_sale_that_was_to_open_after_the_beginning_never_does(world: World) -> None:
    """The page does not announce it."""
    ticket = await world.ticket()
    await world.sql("UPDATE ticket_types SET sale_starts_at = now() + interval '1 day' WHERE id = $1", ticket["id"])
    await begin(world, ticket)
    assert "The sale begins" not in (await world.visitor().get(f"/events/{ticket['event_id']}")).text


async def test_bought_tickets_of_a_past_event_stay_visible(world: World) -> None:
    """With their codes; an order that ended is not invited to choose again."""
    ticket, browser = await world.ticket(), await logged_in(world)
    page, given_back = await bought(browser, ticket, 2), await held(browser, ticket)
    assert (await submit(browser, f"{given_back}/cancel", {}, on=given_back)).status_code == 303
    assert "Choose again" in (await browser.get(given_back)).text
    await begin(world, ticket)
    assert (await browser.get(page)).text.count("qr.svg") == 2
    assert page in (await browser.get("/orders")).text
    assert "Choose again" not in (await browser.get(given_back)).text


async def test_what_is_on_sale_is_counted_without_past_events(world: World) -> None:
    """Otherwise the alert for missing orders would wait for orders that nobody can place."""
    ticket = await world.ticket()
    await stocktaking.look(world.office)
    before = world.counted("ticketing_sales_open")
    await begin(world, ticket)
    await stocktaking.look(world.office)
    assert world.counted("ticketing_sales_open") == before - 1


async def test_an_event_is_not_created_in_the_past(world: World) -> None:
    """The answer names the date and says what to do; nothing was made."""
    organiser = await world.organizer()
    for date in (datetime.now(UTC) - timedelta(seconds=1), datetime(2020, 2, 29, tzinfo=UTC)):
        refused = await organiser.post("/api/events", json={**EVENT, "eventDate": date.isoformat()})
        assert refused.status_code == 400
        assert (
            refused.json()["error"]
            == f"eventDate is {date.isoformat()}, which is past. An event must begin in the future"
        )
    assert (await organiser.get("/api/events/mine")).json()["events"] == []


async def test_an_event_is_not_moved_into_the_past_but_a_past_one_is_described(world: World) -> None:
    """Also when its date is sent along, as a form does; and it may be moved ahead again."""
    organiser = await world.organizer()
    ticket = await world.event_of(organiser)
    path = f"/api/events/{ticket['event_id']}"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    refused = await organiser.put(path, json={"title": "Moved", "eventDate": yesterday})
    assert (refused.status_code, "must begin in the future" in refused.json()["error"]) == (400, True)
    await begin(world, ticket)
    past = (await organiser.get("/api/events/mine")).json()["events"][0]["event_date"]
    described = await organiser.put(path, json={"description": "Thank you for coming", "eventDate": past})
    assert (described.status_code, described.json()["event"]["title"]) == (200, "Show")
    moved = await organiser.put(path, json={"eventDate": BEGINS.isoformat()})
    assert (moved.status_code, (await (await world.buyer()).order(ticket)).status_code) == (200, 201)


async def test_a_draft_whose_date_has_passed_is_not_published(world: World) -> None:
    """409 with the date and what to do."""
    organiser = await world.organizer()
    ticket = await world.event_of(organiser)
    await world.sql("UPDATE events SET status = 'draft' WHERE id = $1", ticket["event_id"])
    await begin(world, ticket)
    refused = await organiser.post(f"/api/events/{ticket['event_id']}/publish")
    assert (refused.status_code, "Change eventDate" in refused.json()["error"]) == (409, True)


async def test_organizer_pages_explain_what_is_past(world: World) -> None:
    """Creating and moving are refused beside the form; the description of a past event is changed, its seconds stay."""
    browser = await organizer(world)
    fields = {"title": "Late", "date": "2020-01-01T10:00", "zone": "Asia/Taipei", "location": "", "description": ""}
    again = await submit(browser, "/organizer/events/new", fields, on="/organizer/events/new")
    assert (again.status_code, "The event would begin in the past" in again.text) == (400, True)
    ticket = await put_on(browser)
    form = f"/organizer/events/{ticket['event_id']}/change"
    moved = await submit(browser, form, fields, on=form)
    assert (moved.status_code, "The event would begin in the past" in moved.text) == (400, True)
    await world.sql(
        "UPDATE events SET event_date = '2021-05-01T10:20:33.5Z' WHERE id = $1 RETURNING id", ticket["event_id"]
    )
    same = fields | {"date": "2021-05-01T10:20", "zone": "UTC", "description": "Thank you"}
    assert (await submit(browser, form, same, on=form)).status_code == 303
    row = await world.sql("SELECT description, event_date FROM events WHERE id = $1", ticket["event_id"])
    assert tuple(row) == ("Thank you", datetime(2021, 5, 1, 10, 20, 33, 500_000, tzinfo=UTC))
    assert "no longer listed or sold" in (await browser.get(f"/organizer/events/{ticket['event_id']}")).text


async def test_imported_events_of_the_past_stay_and_are_not_sold(world: World) -> None:
    """The existing backend's seed data is dated 2025; the probe's event and a fresh demonstration are ahead."""
    row = await world.sql(
        "WITH e AS (INSERT INTO events (title, event_date, status) VALUES ('Old', '2025-12-31T11:30Z', 'published') "
        "RETURNING id) INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity) "
        "SELECT id, 'Seat', 100, 500, 500 FROM e RETURNING *"
    )
    assert (await (await world.buyer()).order(dict(row))).json() == BEGUN
    shopper = await world.probe()
    ids = (await shopper.get("/api/probe")).json()
    assert (await shopper.order({"event_id": ids["eventId"], "id": ids["ticketId"]})).status_code == 201
    assert len((await world.visitor().get("/api/events")).json()["events"]) == 3
