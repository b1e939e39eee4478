"""The statements of organisers. Each that changes something writes its row of the audit log itself."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import UNSET

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.organizers.model import (
    EventChange,
    NewEvent,
    NewTicketType,
    OwnEvent,
    OwnTicketType,
    TicketTypeChange,
    TicketTypeSales,
    own_event_of,
    own_ticket_type_of,
    sales_of,
)

PAGE: Final = 1000
"""The most events that a list shows."""
LAST: Final = 2**63 - 1
"""An id behind all others."""
SALES_SECONDS: Final = 10.0
"""All orders of an event are added up."""

_EVENT = statement(__package__, "find_event")
_EVENT_OF_TICKET = statement(__package__, "find_event_of_ticket")
_OWN_EVENTS = statement(__package__, "own_events")
_CREATE_EVENT = statement(__package__, "create_event")
_CHANGE_EVENT = statement(__package__, "change_event")
_PUBLISH_EVENT = statement(__package__, "publish_event")
_CREATE_TICKET_TYPE = statement(__package__, "create_ticket_type")
_CHANGE_TICKET_TYPE = statement(__package__, "change_ticket_type")
_SALES = statement(__package__, "sales")
_UNLIMITED = statement(__package__, "unlimited")


async def event(database: Database, event_id: int) -> OwnEvent | None:
    """An event in whatever state."""
    row = await database.row(_EVENT, event_id)
    return row and own_event_of(row)


async def event_of_ticket(database: Database, ticket_id: int) -> OwnEvent | None:
    """The event of a ticket type."""
    row = await database.row(_EVENT_OF_TICKET, ticket_id)
    return row and own_event_of(row)


async def own_events(database: Database, caller: Caller, *, most: int = PAGE, before: int = LAST) -> list[OwnEvent]:
    """The caller's events before the one with the id `before`, an administrator's are all, the newest first."""
    rows = await database.rows(_OWN_EVENTS, caller.user_id, caller.is_admin, most, before)
    return [own_event_of(row) for row in rows]


async def unlimited(database: Database, events: list[int]) -> frozenset[int]:
    """Those of the events of which a ticket type has no limit per buyer."""
    return frozenset(row["event_id"] for row in await database.rows(_UNLIMITED, events))


async def create_event(database: Database, actor: UUID, new: NewEvent) -> OwnEvent | None:
    """Create a draft; None when it would begin in the past."""
    row = await database.row(_CREATE_EVENT, actor, new.title, new.description, new.event_date, new.location)
    return row and own_event_of(row)


async def change_event(database: Database, actor: UUID, event_id: int, change: EventChange) -> OwnEvent | None:
    """Change what is given; None when the event is cancelled or would be moved into the past."""
    wanted = (change.title, change.description, change.event_date, change.location)
    row = await database.row(_CHANGE_EVENT, event_id, actor, *map(_given, wanted))
    return row and own_event_of(row)


async def publish_event(database: Database, actor: UUID, event_id: int) -> OwnEvent | None:
    """Puts a draft on sale; None when it is none, has begun, or has nothing to sell."""
    row = await database.row(_PUBLISH_EVENT, event_id, actor)
    return row and own_event_of(row)


async def cancel_event(database: Database, actor: UUID, event_id: int) -> None:
    """Cancels an event; nothing where it is cancelled. When this returns, nothing of it is sold any more."""
    await database.row("SELECT cancel_event($1, $2)", event_id, actor)


async def create_ticket_type(
    database: Database, actor: UUID, event_id: int, new: NewTicketType, cents: int
) -> OwnTicketType | None:
    """A new kind of ticket; None when the event has one of this name."""
    limits = (new.max_per_order, new.max_per_buyer, new.sale_starts_at, new.sale_ends_at)
    row = await database.row(_CREATE_TICKET_TYPE, event_id, actor, new.ticket_type, cents, new.total_quantity, *limits)
    return row and own_ticket_type_of(row)


async def change_ticket_type(
    database: Database, actor: UUID, ticket_id: int, change: TicketTypeChange, cents: int | None
) -> OwnTicketType:
    """Changes what is given. Raises asyncpg's `CheckViolationError` and `UniqueViolationError`."""
    wanted = (_given(change.ticket_type), cents, _given(change.total_quantity), _given(change.max_per_order))
    limits = (change.max_per_buyer, change.sale_starts_at, change.sale_ends_at)
    pairs = [part for limit in limits for part in (limit is not UNSET, _given(limit))]
    return own_ticket_type_of(await database.row(_CHANGE_TICKET_TYPE, ticket_id, actor, *wanted, *pairs))


async def seats_taken(database: Database, ticket_id: int) -> int:
    """Seats of a ticket type that are held or sold."""
    sql = "SELECT total_quantity - available_quantity AS taken FROM ticket_types WHERE id = $1"
    return int((await database.row(sql, ticket_id))["taken"])


async def sales(database: Database, event_id: int) -> list[TicketTypeSales]:
    """How the ticket types of an event sell."""
    async with database.connection(SALES_SECONDS) as connection:
        return [sales_of(row) for row in await connection.fetch(_SALES, event_id)]


def _given(value: Any) -> Any:
    """None where a change leaves something as it is."""
    return None if value is UNSET else value
