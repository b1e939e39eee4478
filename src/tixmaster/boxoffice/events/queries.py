"""The statements about events. Drafts and the probe event do not exist for visitors."""

from __future__ import annotations

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.events.model import Event, Offer, TicketType, offer_of, ticket_type_of

_LIST = statement(__package__, "list_published")
_UPCOMING = statement(__package__, "upcoming")
_EVENT = statement(__package__, "find_published")
_TICKETS = statement(__package__, "tickets_of_event")
_OFFERS = statement(__package__, "offers_of_event")
_TICKET = statement(__package__, "find_ticket")


async def published(database: Database) -> list[Event]:
    """Published events that have not begun, the next first."""
    return [Event(**row) for row in await database.rows(_LIST)]


async def upcoming(database: Database, most: int) -> list[int]:
    """The ids of up to `most` published events that have not begun, the next first."""
    return [row["id"] for row in await database.rows(_UPCOMING, most)]


async def find(database: Database, event_id: int) -> Event | None:
    """A published event, also one that is past."""
    row = await database.row(_EVENT, event_id)
    return row and Event(**row)


async def tickets_of(database: Database, event_id: int) -> list[TicketType]:
    """The ticket types of a published event, the dearest first."""
    return [ticket_type_of(row) for row in await database.rows(_TICKETS, event_id)]


async def offers_of(database: Database, event_id: int) -> list[Offer]:
    """The ticket types of a published event with their limits, the dearest first."""
    return [offer_of(row) for row in await database.rows(_OFFERS, event_id)]


async def find_ticket(database: Database, ticket_id: int) -> TicketType | None:
    """A ticket type of a published event."""
    row = await database.row(_TICKET, ticket_id)
    return row and ticket_type_of(row)
