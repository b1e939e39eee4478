"""Ticket types: how many seats at which price, and who may buy how many of them when."""

from __future__ import annotations

import asyncpg

from tixmaster.boxoffice import money
from tixmaster.boxoffice.errors import BoxOfficeError, ConflictError, InvalidError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.organizers import queries
from tixmaster.boxoffice.organizers.access import event_of_own_ticket, going_on, own_event
from tixmaster.boxoffice.organizers.model import NewTicketType, OwnTicketType, TicketTypeChange

_NAME_TAKEN = "The event has a ticket type of this name already"
_NO_WINDOW = "saleStartsAt must be before saleEndsAt"


async def create(office: Office, caller: Caller, event_id: int, new: NewTicketType) -> OwnTicketType:
    """Adds a ticket type. Raises `NotFoundError`, `ForbiddenError`, `InvalidError`, `ConflictError`."""
    cents = money.cents(new.price)
    if new.sale_starts_at and new.sale_ends_at and new.sale_starts_at >= new.sale_ends_at:
        raise InvalidError(_NO_WINDOW).because("no_window")
    event = going_on(await own_event(office.database, caller, event_id))
    created = await queries.create_ticket_type(office.database, caller.user_id, event.id, new, cents)
    if created is None:
        raise ConflictError(_NAME_TAKEN).because("name_taken")
    return created


async def change(office: Office, caller: Caller, ticket_id: int, wanted: TicketTypeChange) -> OwnTicketType:
    """Changes what is given; a price holds for new orders only. Raises as `create`."""
    cents = money.cents(wanted.price) if isinstance(wanted.price, str) else None
    going_on(await event_of_own_ticket(office.database, caller, ticket_id))
    try:
        changed = await queries.change_ticket_type(office.database, caller.user_id, ticket_id, wanted, cents)
    except asyncpg.UniqueViolationError as error:
        raise ConflictError(_NAME_TAKEN).because("name_taken") from error
    except asyncpg.CheckViolationError as error:
        raise await _refusal(office, ticket_id, error) from error
    office.reservations.seats_came_back(ticket_id)
    return changed


async def _refusal(office: Office, ticket_id: int, error: asyncpg.CheckViolationError) -> BoxOfficeError:
    if error.constraint_name == "ticket_types_sale_window":
        return InvalidError(_NO_WINDOW).because("no_window")
    taken = await queries.seats_taken(office.database, ticket_id)
    return ConflictError(f"{taken} seats are held or sold: totalQuantity cannot go below that").because("seats_taken")
