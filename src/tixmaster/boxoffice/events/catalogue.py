"""What visitors look at, all at the same time when a sale opens: each read is shared."""

from __future__ import annotations

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.shared import Shared
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.events import queries
from tixmaster.boxoffice.events.model import Event, Offer, TicketType


class Catalogue:
    """Published events and their ticket types."""

    def __init__(self, database: Database) -> None:
        self._events = Shared[None, list[Event]](lambda _: queries.published(database))
        self._upcoming = Shared[int, list[int]](lambda most: queries.upcoming(database, most))
        self._event = Shared[int, Event | None](lambda event_id: queries.find(database, event_id))
        self._tickets = Shared[int, list[TicketType]](lambda event_id: queries.tickets_of(database, event_id))
        self._offers = Shared[int, list[Offer]](lambda event_id: queries.offers_of(database, event_id))
        self._ticket = Shared[int, TicketType | None](lambda ticket_id: queries.find_ticket(database, ticket_id))

    async def events(self) -> list[Event]:
        """Published events that have not begun, the next first."""
        return await self._events(None)

    async def upcoming(self, most: int) -> list[int]:
        """The ids of up to `most` events, the next first."""
        return await self._upcoming(most)

    async def event(self, event_id: int) -> Event:
        """A published event, also one that is past. Raises `NotFoundError`."""
        found = await self._event(event_id)
        if found is None:
            raise NotFoundError("Event not found")
        return found

    async def tickets(self, event_id: int) -> list[TicketType]:
        """The ticket types of an event; raises `NotFoundError` when there is no such event."""
        found = await self._tickets(event_id)
        if not found:
            await self.event(event_id)
        return found

    async def offers(self, event_id: int) -> list[Offer]:
        """The same with their limits, for the page of the event; raises as `tickets`."""
        found = await self._offers(event_id)
        if not found:
            await self.event(event_id)
        return found

    async def ticket(self, ticket_id: int) -> TicketType:
        """Raises `NotFoundError`."""
        found = await self._ticket(ticket_id)
        if found is None:
            raise NotFoundError("Ticket not found")
        return found
