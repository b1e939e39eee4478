"""/api/probe: what on-call's synthetic shopper may buy, and forgetting what it gave back."""

from __future__ import annotations

from typing import Final

from litestar import get

from tixmaster.boxoffice.database.seed import PROBE_EMAIL
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.identity import probe_only
from tixmaster.boxoffice.office import Office, OfficeHere

FORGET: Final = 1000
"""The most orders that are forgotten in one statement."""

_FIND = statement(__package__, "probe")
_FORGET = statement(__package__, "probe_forget")


@get("/api/probe", guards=[probe_only])
async def probe(office: OfficeHere) -> dict[str, int]:
    """The ids to order and cancel."""
    row = await office.database.row(_FIND)
    if row is None:
        raise NotFoundError("There is no probe event")
    return {"eventId": row["event_id"], "ticketId": row["id"]}


async def forget(office: Office) -> None:
    """Deletes the synthetic shopper's ended orders of more than an hour ago: it buys once a minute, for years."""
    more = True
    while more:
        row = await office.database.row(_FORGET, PROBE_EMAIL, FORGET)
        more = row["orders"] == FORGET
