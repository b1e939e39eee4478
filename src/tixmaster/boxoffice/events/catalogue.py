"""Finding an event or a ticket type, or saying that there is none."""

from __future__ import annotations

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.events import queries
from tixmaster.boxoffice.events.model import Event, TicketType


async def event(database: Database, event_id: int) -> Event:
    """Raises `NotFoundError`."""
    found = await queries.find(database, event_id)
    if found is None:
        raise NotFoundError("Event not found")
    return found


async def tickets(database: Database, event_id: int) -> list[TicketType]:
    """The ticket types of an event; raises `NotFoundError` when there is no such event."""
    found = await queries.tickets_of(database, event_id)
    if not found:
        await event(database, event_id)
    return found


async def ticket(database: Database, ticket_id: int) -> TicketType:
    """Raises `NotFoundError`."""
    found = await queries.find_ticket(database, ticket_id)
    if found is None:
        raise NotFoundError("Ticket not found")
    return found
