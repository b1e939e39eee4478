"""An event from the draft to its end."""

from __future__ import annotations

from typing import Final

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.organizers import queries
from tixmaster.boxoffice.organizers.access import going_on, own_event
from tixmaster.boxoffice.organizers.model import EventChange, OwnEvent

_UNPUBLISHABLE: Final = {
    "draft": "There is nothing to sell yet. Add a ticket type first: POST /api/events/{id}/tickets",
    "cancelled": "The event is cancelled and can no longer be published",
}


async def change(database: Database, caller: Caller, event_id: int, wanted: EventChange) -> OwnEvent:
    """Changes what is given. Raises `NotFoundError`, `ForbiddenError`, and `ConflictError` when it is cancelled."""
    await own_event(database, caller, event_id)
    changed = await queries.change_event(database, caller.user_id, event_id, wanted)
    return changed or going_on(await own_event(database, caller, event_id))


async def publish(database: Database, caller: Caller, event_id: int) -> OwnEvent:
    """Puts a draft on sale; again, it changes nothing. Raises `NotFoundError`, `ForbiddenError`, `ConflictError`."""
    await own_event(database, caller, event_id)
    published = await queries.publish_event(database, caller.user_id, event_id)
    event = published or await own_event(database, caller, event_id)
    if event.status != "published":
        reason = "nothing_to_sell" if event.status == "draft" else ""
        raise ConflictError(_UNPUBLISHABLE[event.status].format(id=event_id)).because(reason)
    return event


async def cancel(database: Database, caller: Caller, event_id: int) -> OwnEvent:
    """Calls an event off; again, it changes nothing. `cancelled.py` ends its orders. Raises as `publish`."""
    await own_event(database, caller, event_id)
    await queries.cancel_event(database, caller.user_id, event_id)
    return await own_event(database, caller, event_id)
