"""Organisers: their own events and nobody else's, prices that are exact, stock that adds up."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.integration.boxoffice.conftest import EVENT

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, World

KIND = {"ticketType": "Seat", "price": "2500.00", "totalQuantity": 10}


async def draft(organizer: Caller) -> int:
    """A new event of somebody's, still without tickets."""
    return int((await organizer.post("/api/events", json=EVENT)).json()["event"]["id"])


async def last_audit(world: World) -> dict[str, Any]:
    """What was noted last, as action, subject and details."""
    row = await world.sql("SELECT * FROM audit_log ORDER BY id DESC LIMIT 1")
    return {**row, "details": json.loads(row["details"]), "actor": str(row["actor"])}


async def test_an_event_goes_from_draft_to_sale(world: World) -> None:
    """Nobody but its organiser sees the draft; published, it is listed and sold."""
    organizer, visitor, buyer = await world.organizer(), world.visitor(), await world.buyer()
    made = await organizer.post("/api/events", json=EVENT)
    event = made.json()["event"]
    assert (made.status_code, event["status"], event["organizer_id"]) == (201, "draft", await organizer.id())
    assert (await visitor.get(f"/api/events/{event['id']}")).status_code == 404
    assert (await organizer.post(f"/api/events/{event['id']}/publish")).status_code == 409
    ticket = (await organizer.post(f"/api/events/{event['id']}/tickets", json=KIND)).json()["ticket"]
    assert (await organizer.post(f"/api/events/{event['id']}/publish")).json()["event"]["status"] == "published"
    assert (await visitor.get(f"/api/events/{event['id']}")).status_code == 200
    assert (await buyer.order(ticket)).json()["order"]["total_amount"] == "2500.00"


async def test_organisers_list_their_own_events_and_administrators_all(world: World) -> None:
    """In every state; never the probe's."""
    one, other, admin = await world.organizer(), await world.organizer(), await world.admin()
    first, second = await draft(one), await draft(one)
    await draft(other)
    assert [event["id"] for event in (await one.get("/api/events/mine")).json()["events"]] == [second, first]
    everybodys = (await admin.get("/api/events/mine")).json()["events"]
    assert len(everybodys) == 6
    assert {event["status"] for event in everybodys} == {"draft", "published"}


async def test_only_the_organiser_and_administrators_change_an_event(world: World) -> None:
    """Owner, administrator, another organiser, a buyer, a visitor: first on a draft, then on what everybody sees."""
    owner, admin, other = await world.organizer(), await world.admin(), await world.organizer()
    people = (owner, admin, other, await world.buyer(), world.visitor())
    for status, others in (("draft", 404), ("published", 403)):
        ticket = await world.event_of(owner)
        await world.sql("UPDATE events SET status = $2 WHERE id = $1", ticket["event_id"], status)
        event, kind = f"/api/events/{ticket['event_id']}", f"/api/tickets/{ticket['id']}"
        asked: tuple[tuple[str, str, Any], ...] = (
            ("PUT", event, {"title": "New"}),
            ("GET", f"{event}/sales", None),
            ("PUT", kind, {"price": "1"}),
            ("PUT", kind, {"totalQuantity": 11}),
        )
        for method, path, body in asked:
            seen = [(await person.request(method, path, json=body)).status_code for person in people]
            assert seen == [200, 200, others, 403, 401]


async def test_a_demoted_organiser_is_out_at_once(world: World) -> None:
    """Though the token says organiser for a week; and a promoted buyer is in with the token of a buyer."""
    organizer, admin = await world.organizer(), await world.admin()
    event = await draft(organizer)
    for role, status in (("user", 403), ("organizer", 200)):
        assert (await admin.put(f"/api/users/{await organizer.id()}/role", json={"role": role})).status_code == 200
        assert (await organizer.put(f"/api/events/{event}", json={"title": role})).status_code == status


async def test_a_demoted_administrator_sees_nobody_s_orders(world: World) -> None:
    """The reach of the token ends with the role, also where buyers and administrators share a route."""
    admin, second, buyer = await world.admin(), await world.buyer(), await world.buyer()
    number = (await buyer.order(await world.ticket())).json()["order"]["order_number"]
    await admin.put(f"/api/users/{await second.id()}/role", json={"role": "admin"})
    email = (await second.get("/api/users/profile")).json()["user"]["email"]
    await second.sign_in(email, "correct horse")
    assert (await second.get(f"/api/orders/{number}")).status_code == 200
    await admin.put(f"/api/users/{await second.id()}/role", json={"role": "user"})
    assert (await second.get(f"/api/orders/{number}")).status_code == 404
    assert (await second.settle(number, "cancelled")).status_code == 404
    assert (await second.post(f"/api/orders/{number}/payments", json={})).status_code == 404


async def test_roles_are_changed_by_another_administrator_only(world: World) -> None:
    """Not one's own, not by an organiser, not the probe's, and nobody becomes a probe."""
    admin, organizer, probe = await world.admin(), await world.organizer(), await world.probe()
    wanted = (
        (admin, await admin.id(), "user", 403),
        (organizer, await organizer.id(), "admin", 403),
        (admin, await probe.id(), "user", 403),
        (admin, await organizer.id(), "probe", 400),
        (admin, "00000000-0000-0000-0000-000000000000", "user", 404),
        (admin, await organizer.id(), "admin", 200),
    )
    for caller, whom, role, status in wanted:
        assert (await caller.put(f"/api/users/{whom}/role", json={"role": role})).status_code == status
    noted = await last_audit(world)
    assert (noted["actor"], noted["action"]) == (await admin.id(), "role changed")
    assert noted["details"] == {"was": "organizer", "became": "admin"}


async def test_of_two_administrators_who_demote_each_other_one_is_left(world: World) -> None:
    """However the two requests meet."""
    admin, second = await world.admin(), await world.buyer()
    ids = await admin.id(), await second.id()
    for _ in range(5):
        await world.sql("UPDATE users SET role = 'admin' WHERE id = ANY ($1)", ids)
        both = ((admin, ids[1]), (second, ids[0]))
        turns = (one.put(f"/api/users/{other}/role", json={"role": "user"}) for one, other in both)
        answers = await asyncio.gather(*turns)
        assert sorted(answer.status_code for answer in answers) == [200, 403]


WRONG_EVENTS: tuple[Any, ...] = (
    {**EVENT, "title": ""},
    {**EVENT, "title": " \t"},
    {**EVENT, "title": "x" * 201},
    {**EVENT, "title": None},
    {**EVENT, "title": "a\u0000b"},
    {**EVENT, "eventDate": "2027-05-01T19:30:00"},
    {**EVENT, "eventDate": "next week"},
    {**EVENT, "eventDate": 20270501},
    {**EVENT, "eventDate": "0001-01-01T00:00:00+14:00"},
    {**EVENT, "organizerId": 5},
    {"title": "Show"},
    [],
)
WRONG_KINDS: tuple[Any, ...] = (
    {**KIND, "ticketType": ""},
    {**KIND, "price": "abc"},
    {**KIND, "price": "-1.00"},
    {**KIND, "price": "1.005"},
    {**KIND, "price": "1e3"},
    {**KIND, "price": "２５"},
    {**KIND, "price": 25.5},
    {**KIND, "price": "1000000.01"},
    {**KIND, "totalQuantity": -1},
    {**KIND, "totalQuantity": 1_000_001},
    {**KIND, "totalQuantity": 1.5},
    {**KIND, "maxPerOrder": 0},
    {**KIND, "maxPerOrder": 1001},
    {**KIND, "maxPerBuyer": 0},
    {**KIND, "maxPerByer": 4},
    {**KIND, "saleStartsAt": "2027-01-02T00:00:00Z", "saleEndsAt": "2027-01-01T00:00:00Z"},
)


async def test_what_makes_no_sense_is_refused_with_words(world: World) -> None:
    """Each is 400 with an error, and nothing was made."""
    organizer = await world.organizer()
    event = await draft(organizer)
    asked = [("/api/events", wrong) for wrong in WRONG_EVENTS]
    asked += [(f"/api/events/{event}/tickets", wrong) for wrong in WRONG_KINDS]
    for path, wrong in asked:
        answer = await organizer.post(path, json=wrong)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True), wrong
    assert len((await organizer.get("/api/events/mine")).json()["events"]) == 1
    assert (await organizer.get(f"/api/events/{event}/sales")).json()["sales"] == []


async def test_a_name_is_used_once_in_an_event(world: World) -> None:
    """For a new ticket type and for a renamed one."""
    organizer = await world.organizer()
    event = await draft(organizer)
    tickets = f"/api/events/{event}/tickets"
    made = [await organizer.post(tickets, json={**KIND, "ticketType": name}) for name in ("A", "B", "B")]
    assert [answer.status_code for answer in made] == [201, 201, 409]
    first = made[0].json()["ticket"]["id"]
    assert (await organizer.put(f"/api/tickets/{first}", json={"ticketType": "B"})).status_code == 409


async def test_limits_are_set_changed_and_taken_away(world: World) -> None:
    """What is left out stays; `null` takes a limit away; a window must stay one."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer)
    path = f"/api/tickets/{ticket['id']}"
    limits = {"maxPerBuyer": 4, "maxPerOrder": 2, "saleEndsAt": "2027-05-01T00:00:00Z"}
    changed = (await organizer.put(path, json=limits)).json()["ticket"]
    assert (changed["max_per_buyer"], changed["max_per_order"], changed["price"]) == (4, 2, "25.00")
    wrong = await organizer.put(path, json={"saleStartsAt": "2027-06-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()) == (400, {"error": "saleStartsAt must be before saleEndsAt"})
    changed = (await organizer.put(path, json={"maxPerBuyer": None, "saleEndsAt": None})).json()["ticket"]
    assert (changed["max_per_buyer"], changed["max_per_order"], changed["sale_ends_at"]) == (None, 2, None)


async def test_the_stock_moves_with_the_total_but_not_below_what_is_taken(world: World) -> None:
    """Ten seats, three taken: twelve leave nine; two are refused with the reason."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer, seats=10)
    await buyer.order(ticket, 3)
    path = f"/api/tickets/{ticket['id']}"
    more = (await organizer.put(path, json={"totalQuantity": 12})).json()["ticket"]
    assert (more["total_quantity"], more["available_quantity"]) == (12, 9)
    refused = await organizer.put(path, json={"totalQuantity": 2})
    assert refused.status_code == 409
    assert refused.json() == {"error": "3 seats are held or sold: totalQuantity cannot go below that"}
    least = (await organizer.put(path, json={"totalQuantity": 3})).json()["ticket"]
    assert (least["total_quantity"], least["available_quantity"]) == (3, 0)


async def test_totals_that_change_during_a_sale_lose_no_seat(world: World) -> None:
    """Buyers and changes at the same moment; afterwards every seat is accounted for."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer, seats=100)
    buyers = [await world.buyer() for _ in range(5)]
    totals = (organizer.put(f"/api/tickets/{ticket['id']}", json={"totalQuantity": n}) for n in range(101, 131))
    await asyncio.gather(*totals, *(buyer.order(ticket) for buyer in buyers * 6))
    (sold,) = (await organizer.get(f"/api/events/{ticket['event_id']}/sales")).json()["sales"]
    assert sold["held"] == 30
    assert sold["available_quantity"] == sold["total_quantity"] - 30


async def test_a_new_price_is_for_new_orders(world: World) -> None:
    """Who ordered before pays what they ordered for."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer, price="25.00")
    number = (await buyer.order(ticket)).json()["order"]["order_number"]
    await organizer.put(f"/api/tickets/{ticket['id']}", json={"price": "30.5"})
    assert (await buyer.settle(number, "paid")).json()["order"]["total_amount"] == "25.00"
    assert (await buyer.order(ticket)).json()["order"]["total_amount"] == "30.50"


async def test_every_change_is_in_the_audit_log(world: World) -> None:
    """Who, what, and what it was before; a change that changes nothing is none."""
    organizer, admin = await world.organizer(), await world.admin()
    ticket = await world.event_of(organizer)
    event = f"/api/events/{ticket['event_id']}"
    await organizer.put(event, json={"title": "New", "location": EVENT["location"]})
    noted = await last_audit(world)
    assert (noted["actor"], noted["action"]) == (await organizer.id(), "event changed")
    assert noted["details"] == {"title": ["Show", "New"]}
    for _ in range(2):
        await organizer.put(event, json={"title": "New"})
        await organizer.post(f"{event}/publish")
    assert (await last_audit(world))["id"] == noted["id"]
    await admin.put(f"/api/tickets/{ticket['id']}", json={"price": "1", "totalQuantity": 11})
    noted = await last_audit(world)
    assert (noted["actor"], noted["subject_id"]) == (await admin.id(), str(ticket["id"]))
    assert noted["details"]["price_cents"] == [2500, 100]
    await admin.put("/api/feature-flags/ENABLE_VIEWING_COUNT", json={"enabled": True})
    assert (await last_audit(world))["details"] == {"enabled": True}


async def test_sales_add_up(world: World) -> None:
    """Held, sold, refunded and checked in, in seats and money."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer, seats=20, price="12.50")
    await buyer.order(ticket, 4)
    await buyer.bought(ticket, 3)
    number = await buyer.bought(ticket, 2)
    await organizer.post(f"/api/orders/{number}/refund", json={"reason": "ill"})
    (sold,) = (await organizer.get(f"/api/events/{ticket['event_id']}/sales")).json()["sales"]
    expected = {"total_quantity": 20, "available_quantity": 13, "held": 4, "sold": 3, "revenue": "37.50"}
    expected |= {"refunded": 2, "refunded_amount": "25.00", "checked_in": 0, "ticket_type": "Seat"}
    assert sold | expected == sold
