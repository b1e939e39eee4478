"""What visitors see of events and ticket types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World


async def test_the_list_shows_what_is_published_by_date(world: World) -> None:
    """The demonstration events, all of them ahead; neither drafts nor the probe event."""
    await world.ticket(status="draft")
    events = (await world.visitor().get("/api/events")).json()["events"]
    days = [(datetime.fromisoformat(event["event_date"]) - datetime.now(UTC)).days for event in events]
    assert [round(ahead, -1) for ahead in days] == [60, 150, 330]
    assert {event["status"] for event in events} == {"published"}


async def test_the_demonstration_has_the_contract_s_500_seats_and_a_large_type(world: World) -> None:
    """The load script of the existing backend expects exactly 500; simulated shoppers need many."""
    visitor = world.visitor()
    sizes = set()
    for event in (await visitor.get("/api/events")).json()["events"]:
        tickets = (await visitor.get(f"/api/events/{event['id']}/tickets")).json()["tickets"]
        sizes |= {ticket["total_quantity"] for ticket in tickets}
    assert {500, 100_000} <= sizes


async def test_a_ticket_type_has_the_contract_s_shape(world: World) -> None:
    """Price as decimal text."""
    made = await world.ticket(seats=7, cents=250_000)
    visitor = world.visitor()
    ticket = (await visitor.get(f"/api/tickets/{made['id']}")).json()["ticket"]
    assert ticket["price"] == "2500.00"
    listed = (await visitor.get(f"/api/events/{made['event_id']}/tickets")).json()["tickets"]
    assert listed == [ticket]
    assert set(ticket) == {
        "id",
        "event_id",
        "ticket_type",
        "price",
        "total_quantity",
        "available_quantity",
        "created_at",
    }


async def test_availability_in_short(world: World) -> None:
    """The five fields of the contract."""
    made = await world.ticket(seats=7)
    assert (await world.visitor().get(f"/api/tickets/{made['id']}/availability")).json() == {
        "ticketId": made["id"],
        "ticketType": "Seat",
        "available": True,
        "availableQuantity": 7,
        "totalQuantity": 7,
    }


async def test_what_is_not_there_is_404(world: World) -> None:
    """Unknown ids, each with its own words."""
    visitor = world.visitor()
    for path, words in (("events/999999", "Event"), ("events/999999/tickets", "Event"), ("tickets/999999", "Ticket")):
        answer = await visitor.get(f"/api/{path}")
        assert (answer.status_code, answer.json()) == (404, {"error": f"{words} not found"})
