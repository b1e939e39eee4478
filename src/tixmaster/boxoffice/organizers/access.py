"""Whose event it is: 404 for what the caller may not see, 403 for what is on for everybody but not theirs to change."""

from __future__ import annotations

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, ForbiddenError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.organizers import queries
from tixmaster.boxoffice.organizers.model import OwnEvent


async def own_event(database: Database, caller: Caller, event_id: int) -> OwnEvent:
    """An event that the caller runs; raises `NotFoundError`, `ForbiddenError`."""
    return _checked(await queries.event(database, event_id), caller, "Event not found")


async def event_of_own_ticket(database: Database, caller: Caller, ticket_id: int) -> OwnEvent:
    """The event of a ticket type, which the caller runs; raises `NotFoundError`, `ForbiddenError`."""
    return _checked(await queries.event_of_ticket(database, ticket_id), caller, "Ticket not found")


def going_on(event: OwnEvent) -> OwnEvent:
    """The event, unless it is cancelled: then `ConflictError`."""
    if event.status == "cancelled":
        raise ConflictError("The event is cancelled and can no longer be changed")
    return event


def _checked(event: OwnEvent | None, caller: Caller, unknown: str) -> OwnEvent:
    if event is None:
        raise NotFoundError(unknown)
    if caller.is_admin or event.organizer_id == caller.user_id:
        return event
    if event.status == "published":
        raise ForbiddenError("This is another organizer's event")
    raise NotFoundError(unknown)
