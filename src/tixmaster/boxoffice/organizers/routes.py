"""What organisers and administrators ask for, below /api/events, /api/tickets and /api/orders."""

from __future__ import annotations

from typing import Final

from litestar import get, post, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import Guard

from tixmaster.boxoffice.identity import SignedIn, organizer_only
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders.model import Order
from tixmaster.boxoffice.organizers import events, queries, ticket_types
from tixmaster.boxoffice.organizers.access import own_event
from tixmaster.boxoffice.organizers.model import (
    EventChange,
    NewEvent,
    NewTicketType,
    OwnEvent,
    OwnTicketType,
    RefundWish,
    TicketTypeChange,
    TicketTypeSales,
)
from tixmaster.boxoffice.organizers.refund import refund

ONLY: Final[list[Guard]] = [organizer_only]


@get("/events/mine", guards=ONLY)
async def mine(request: SignedIn, office: OfficeHere) -> dict[str, list[OwnEvent]]:
    """The caller's events in all states, the newest first; an administrator sees everybody's."""
    return {"events": await queries.own_events(office.database, request.user)}


@post("/events", guards=ONLY)
async def create_event(data: JSONBody[NewEvent], request: SignedIn, office: OfficeHere) -> dict[str, str | OwnEvent]:
    """Create an event as a draft, which only its organizer sees. It must begin in the future."""
    event = await events.create(office.database, request.user.user_id, data)
    return {"message": "Event created", "event": event}


@put("/events/{event_id:int}", guards=ONLY)
async def change_event(
    event_id: FromPath[int], data: JSONBody[EventChange], request: SignedIn, office: OfficeHere
) -> dict[str, str | OwnEvent]:
    """Change what is given of an event. It cannot be moved into the past."""
    return {"message": "Event changed", "event": await events.change(office.database, request.user, event_id, data)}


@post("/events/{event_id:int}/publish", guards=ONLY, status_code=HTTP_200_OK)
async def publish_event(event_id: FromPath[int], request: SignedIn, office: OfficeHere) -> dict[str, str | OwnEvent]:
    """Puts a draft on sale; it needs a ticket type."""
    return {"message": "Event published", "event": await events.publish(office.database, request.user, event_id)}


@post("/events/{event_id:int}/cancel", guards=ONLY, status_code=HTTP_200_OK)
async def cancel_event(event_id: FromPath[int], request: SignedIn, office: OfficeHere) -> dict[str, str | OwnEvent]:
    """Calls an event off. Nothing of it is sold from now on; its unpaid orders are cancelled and its paid ones refunded
    within the next seconds."""
    return {"message": "Event cancelled", "event": await events.cancel(office.database, request.user, event_id)}


@get("/events/{event_id:int}/sales", guards=ONLY)
async def sales(
    event_id: FromPath[int], request: SignedIn, office: OfficeHere
) -> dict[str, OwnEvent | list[TicketTypeSales]]:
    """How the ticket types of an event sell."""
    event = await own_event(office.database, request.user, event_id)
    return {"event": event, "sales": await queries.sales(office.database, event_id)}


@post("/events/{event_id:int}/tickets", guards=ONLY)
async def create_ticket_type(
    event_id: FromPath[int], data: JSONBody[NewTicketType], request: SignedIn, office: OfficeHere
) -> dict[str, str | OwnTicketType]:
    """Adds a ticket type to an event."""
    return {"message": "Ticket type created", "ticket": await ticket_types.create(office, request.user, event_id, data)}


@put("/tickets/{ticket_id:int}", guards=ONLY)
async def change_ticket_type(
    ticket_id: FromPath[int], data: JSONBody[TicketTypeChange], request: SignedIn, office: OfficeHere
) -> dict[str, str | OwnTicketType]:
    """Changes what is given of a ticket type; a new price is for new orders."""
    return {
        "message": "Ticket type changed",
        "ticket": await ticket_types.change(office, request.user, ticket_id, data),
    }


@post("/orders/{number:str}/refund", guards=ONLY, status_code=HTTP_200_OK)
async def refund_order(
    number: FromPath[str], data: JSONBody[RefundWish], request: SignedIn, office: OfficeHere
) -> dict[str, str | Order]:
    """Takes back the tickets of a paid order; the money goes back within the next seconds."""
    return {"message": "Order refunded", "order": await refund(office, request.user, number, data.reason)}


HANDLERS: Final = (
    mine,
    create_event,
    change_event,
    publish_event,
    cancel_event,
    sales,
    create_ticket_type,
    change_ticket_type,
    refund_order,
)
