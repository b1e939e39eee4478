"""Organisers at their pages: putting on, selling, searching, giving back, calling off. Without a script."""

from __future__ import annotations

import re

import pytest
from tests.integration.boxoffice.conftest import BEGINS, World
from tests.integration.boxoffice.shopping import administrator, bought, held, logged_in, organizer, put_on, submit

from tixmaster.boxoffice.organizers import cancelled

EVIL = "<script>alert(1)</script>"


async def test_an_event_is_put_on_changed_and_sold(world: World) -> None:
    """Times are those of the zone on the form; the page shows what was sold, in numbers and in a picture."""
    browser = await organizer(world)
    ticket = await put_on(browser, price="1200.50")
    page = f"/organizer/events/{ticket['event_id']}"
    row = await world.sql("SELECT event_date, status FROM events WHERE id = $1", ticket["event_id"])
    assert (f"{row['event_date']:%Y-%m-%dT%H:%M}", row["status"]) == (f"{BEGINS:%Y-%m-%dT%H:%M}", "published")
    changed = {
        "title": "2027",
        "date": f"{BEGINS:%Y-%m-%dT%H:%M}",
        "zone": "UTC",
        "location": "",
        "description": "a\r\nb",
    }
    assert (await submit(browser, f"{page}/change", changed, on=f"{page}/change")).status_code == 303
    now = await world.sql("SELECT title, description FROM events WHERE id = $1", ticket["event_id"])
    assert (now["title"], now["description"]) == ("2027", "a\nb")
    form = f"/organizer/tickets/{ticket['id']}"
    kind = {"name": "Seat", "price": "1300", "seats": "20", "per_order": "10", "per_buyer": "5"}
    assert (await submit(browser, form, kind, on=form)).status_code == 303
    await bought(await logged_in(world), ticket, 2)
    await held(await logged_in(world), ticket, 3)
    text = (await browser.get(page)).text
    assert "TWD 2,600" in text
    assert "<rect" in text
    figures = re.findall(r"<dd>(\d+)", text)
    assert figures[:4] == ["2", "3", "15", "0"]  # sold, held, left, checked in


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", " ", "The title must not be empty"),
        ("date", "soon", "The event needs a date"),
        ("date", "1850-01-01T10:00", "The event needs a date"),
        ("zone", "../../etc/passwd", "There is no such time zone"),
        ("location", "x" * 301, "The place may have at most 300 characters"),
    ],
)
async def test_a_wrong_event_is_shown_again_with_what_is_wrong(world: World, field: str, value: str, said: str) -> None:
    """What was typed stays."""
    browser = await organizer(world)
    fields = {"title": "Kept", "date": f"{BEGINS:%Y-%m-%dT%H:%M}", "zone": "UTC", "description": "kept too"} | {
        field: value
    }
    again = await submit(browser, "/organizer/events/new", fields, on="/organizer/events/new")
    assert again.status_code == 400
    assert said in again.text
    assert "kept too" in again.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Seat", "a ticket type of this name already"),
        ("price", "-1", "The price must be a number"),
        ("seats", "many", "The number of seats must be"),
        ("per_order", "0", "An order may have"),
        ("per_buyer", "-3", "The limit a person"),
        ("ends", "2026-01-01T00:00", "The sale must begin before it ends"),
    ],
)
async def test_a_wrong_ticket_type_is_shown_again(world: World, field: str, value: str, said: str) -> None:
    """With the reason in words."""
    browser = await organizer(world)
    page = f"/organizer/events/{(await put_on(browser))['event_id']}/tickets/new"
    fields = {"name": "Box", "price": "10", "seats": "5", "per_order": "2", "starts": "2027-01-01T00:00"}
    again = await submit(browser, page, fields | {field: value}, on=page)
    assert again.status_code in (400, 409)
    assert said in again.text


async def test_fewer_seats_than_are_sold_are_refused(world: World) -> None:
    """In the reader's language."""
    browser = await organizer(world)
    ticket = await put_on(browser)
    await bought(await logged_in(world), ticket, 3)
    form = f"/organizer/tickets/{ticket['id']}"
    await submit(browser, "/language", {"language": "zh-TW"}, on=form)
    again = await submit(browser, form, {"name": "Seat", "price": "25", "seats": "2", "per_order": "10"}, on=form)
    assert (again.status_code, "已保留或售出的座位無法移除" in again.text) == (409, True)


async def test_orders_are_found_and_refunded_with_a_reason(world: World) -> None:
    """By number, ticket code, name or address; without a reason nothing happens."""
    browser, buyer = await organizer(world), await logged_in(world)
    ticket = await put_on(browser)
    order = (await bought(buyer, ticket)).removeprefix("/orders/")
    await bought(await logged_in(world), ticket)
    row = await world.sql(
        "SELECT u.email, o.ticket_codes[1] AS code FROM orders o JOIN users u ON u.id = o.user_id "
        "WHERE o.order_number = $1",
        order,
    )
    listed = f"/organizer/events/{ticket['event_id']}/orders"
    assert (await browser.get(listed)).text.count("/organizer/orders/TM-") == 2
    for text in (order.lower(), row["code"], row["email"][:12].upper()):
        found = re.findall(r"/organizer/orders/(TM-\w+)", (await browser.get(listed, params={"q": text})).text)
        assert found == [order], text
    assert "No order matches" in (await browser.get(listed, params={"q": "100%_"})).text
    page = f"/organizer/orders/{order}"
    unsaid = await submit(browser, f"{page}/refund", {"reason": "  "}, on=page)
    assert (unsaid.status_code, "Say why" in unsaid.text) == (400, True)
    assert (await submit(browser, f"{page}/refund", {"reason": "ill"}, on=page)).status_code == 303
    assert "Refunded" in (await buyer.get(f"/orders/{order}")).text
    assert "ill" in (await browser.get(page)).text


async def test_calling_off_is_confirmed_and_gives_everything_back(world: World) -> None:
    """The page before it says what it costs; afterwards nothing of the event can be changed."""
    browser, buyer = await organizer(world), await logged_in(world)
    ticket = await put_on(browser)
    order = await bought(buyer, ticket, 2)
    page = f"/organizer/events/{ticket['event_id']}"
    asked = (await browser.get(f"{page}/cancel")).text
    assert "TWD 50" in asked
    assert (await world.sql("SELECT status FROM events WHERE id = $1", ticket["event_id"]))["status"] == "published"
    assert (await submit(browser, f"{page}/cancel", {}, on=f"{page}/cancel")).status_code == 303
    await cancelled.end_orders(world.office)
    told = (await buyer.get(order)).text
    assert "The event has been called off" in told
    assert "Refunded" in told
    assert "has been called off" in (await browser.get(page)).text
    assert (await browser.get(f"{page}/change")).status_code == 409
    assert (await buyer.get(f"/events/{ticket['event_id']}")).status_code == 404


async def test_nobody_else_gets_to_an_event(world: World) -> None:
    """Buyers are refused everywhere, other organisers at what is not theirs, and a role that was taken away is gone."""
    browser, other, buyer = await organizer(world), await organizer(world), await logged_in(world)
    ticket = await put_on(browser)
    order = (await bought(buyer, ticket)).removeprefix("/orders/")
    event = f"/organizer/events/{ticket['event_id']}"
    paths = [event, f"{event}/orders", f"{event}/change", f"{event}/cancel", f"{event}/gate", f"{event}/tickets/new"]
    paths += [f"/organizer/tickets/{ticket['id']}", f"/organizer/orders/{order}"]
    for path in paths:
        assert (await buyer.get(path)).status_code == 403, path
        assert (await other.get(path)).status_code in (403, 404), path
        away = await world.visitor().get(path)
        assert (away.status_code, away.headers["location"][:12]) == (303, "/login?next="), path
        assert (await browser.get(path)).status_code == 200, path
    assert (await buyer.get("/organizer")).status_code == 403
    for form in (f"{event}/cancel", f"{event}/publish", f"{event}/gate", f"/organizer/orders/{order}/refund"):
        fields = {"code": "x", "reason": "mine"}
        assert (await submit(other, form, fields, on="/organizer")).status_code in (403, 404), form
        assert (await submit(buyer, form, fields, on="/orders")).status_code == 403, form
        assert (await browser.post(form, data=fields)).status_code == 403, form  # no token: another site's form
    await world.sql("UPDATE users SET role = 'user' WHERE role = 'organizer' RETURNING id")
    assert (await browser.get(event)).status_code == 403
    assert (await world.sql("SELECT status FROM orders WHERE order_number = $1", order))["status"] == "paid"
    assert (await (await administrator(world)).get(event)).status_code == 200


async def test_what_is_typed_is_text_everywhere(world: World) -> None:
    """Titles, names of ticket types and of buyers are never executed."""
    browser = await organizer(world)
    ticket = await put_on(browser, title=EVIL)
    event = f"/organizer/events/{ticket['event_id']}"
    await world.sql("UPDATE ticket_types SET ticket_type = $1 WHERE id = $2 RETURNING id", EVIL, ticket["id"])
    buyer = await logged_in(world)
    order = await bought(buyer, ticket)
    await world.sql("UPDATE users SET name = $1 RETURNING id", EVIL)
    pages = [(browser, path) for path in ("/organizer", event, f"{event}/orders", f"{event}/gate", f"{event}/change")]
    pages += [(browser, f"/organizer{order}"), (buyer, order), (buyer, "/orders"), (buyer, "/")]
    pages += [(await administrator(world), path) for path in ("/admin", "/admin/audit", "/organizer")]
    for reader, path in pages:
        text = (await reader.get(path)).text
        assert "&lt;script&gt;" in text, path
        assert EVIL not in text, path
