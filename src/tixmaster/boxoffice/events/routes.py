"""/api/events and /api/tickets"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from litestar import get
from litestar.params import FromPath

from tixmaster.boxoffice.events.model import Availability, Event, TicketType, availability_of
from tixmaster.boxoffice.office import OfficeHere


@get("/events")
async def list_events(office: OfficeHere) -> dict[str, list[Event]]:
    """Published events that have not begun, the next first."""
    return {"events": await office.catalogue.events()}


@get("/events/{event_id:int}")
async def event(event_id: FromPath[int], office: OfficeHere) -> dict[str, Event]:
    """One event."""
    return {"event": await office.catalogue.event(event_id)}


@get("/events/{event_id:int}/tickets")
async def tickets_of_event(event_id: FromPath[int], office: OfficeHere) -> dict[str, list[TicketType]]:
    """The ticket types of an event."""
    return {"tickets": await office.catalogue.tickets(event_id)}


@get("/tickets/{ticket_id:int}")
async def ticket(ticket_id: FromPath[int], office: OfficeHere) -> dict[str, TicketType]:
    """One ticket type."""
    return {"ticket": await office.catalogue.ticket(ticket_id)}


@get("/tickets/{ticket_id:int}/availability")
async def availability(ticket_id: FromPath[int], office: OfficeHere) -> Availability:
    """How many seats are left."""
    found = await office.catalogue.ticket(ticket_id)
    return availability_of(found, await office.catalogue.event(found.event_id), datetime.now(UTC))


HANDLERS: Final = (list_events, event, tickets_of_event, ticket, availability)
