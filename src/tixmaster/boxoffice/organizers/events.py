"""An event from the draft to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, InvalidError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.organizers import queries
from tixmaster.boxoffice.organizers.access import going_on, own_event
from tixmaster.boxoffice.organizers.model import EventChange, NewEvent, OwnEvent

_UNPUBLISHABLE: Final = {
    "draft": "There is nothing to sell yet. Add a ticket type first: POST /api/events/{id}/tickets",
    "cancelled": "The event is cancelled and can no longer be published",
}


async def create(database: Database, actor: UUID, new: NewEvent) -> OwnEvent:
    """Create a draft. Raise `InvalidError` when it would begin in the past, by the clock of the database."""
    created = await queries.create_event(database, actor, new)
    if created is None:
        raise _in_the_past(new.event_date)
    return created


async def change(database: Database, caller: Caller, event_id: int, wanted: EventChange) -> OwnEvent:
    """Change what is given. Raise `NotFoundError`, `ForbiddenError`, `ConflictError` when the event is cancelled, and
    `InvalidError` when it would be moved into the past. An event that is past keeps its date and can be changed otherwise."""
    await own_event(database, caller, event_id)
    changed = await queries.change_event(database, caller.user_id, event_id, wanted)
    if changed is not None:
        return changed
    event = going_on(await own_event(database, caller, event_id))
    raise _in_the_past(wanted.event_date if isinstance(wanted.event_date, datetime) else event.event_date)


async def publish(database: Database, caller: Caller, event_id: int) -> OwnEvent:
    """Puts a draft on sale; again, it changes nothing. Raises `NotFoundError`, `ForbiddenError`, `ConflictError`."""
    await own_event(database, caller, event_id)
    published = await queries.publish_event(database, caller.user_id, event_id)
    event = published or await own_event(database, caller, event_id)
    if event.status == "draft" and event.event_date <= datetime.now(UTC):
        raise ConflictError(
            f"The event began at {event.event_date.isoformat()}, which is past. Change eventDate, then publish it"
        ).because("publish_past")
    if event.status != "published":
        reason = "nothing_to_sell" if event.status == "draft" else ""
        raise ConflictError(_UNPUBLISHABLE[event.status].format(id=event_id)).because(reason)
    return event


async def cancel(database: Database, caller: Caller, event_id: int) -> OwnEvent:
    """Calls an event off; again, it changes nothing. `cancelled.py` ends its orders. Raises as `publish`."""
    await own_event(database, caller, event_id)
    await queries.cancel_event(database, caller.user_id, event_id)
    return await own_event(database, caller, event_id)


def _in_the_past(date: datetime) -> InvalidError:
    return InvalidError(f"eventDate is {date.isoformat()}, which is past. An event must begin in the future").because(
        "date_past"
    )
