"""/api/probe: what on-call's synthetic shopper may buy."""

from __future__ import annotations

from litestar import get

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.identity import probe_only
from tixmaster.boxoffice.office import OfficeHere

_FIND = statement(__package__, "probe")


@get("/api/probe", guards=[probe_only])
async def probe(office: OfficeHere) -> dict[str, int]:
    """The ids to order and cancel."""
    row = await office.database.row(_FIND)
    if row is None:
        raise NotFoundError("There is no probe event")
    return {"eventId": row["event_id"], "ticketId": row["id"]}
