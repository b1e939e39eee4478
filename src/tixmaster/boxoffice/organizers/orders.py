"""The orders of an event as its organiser sees them: who bought what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tixmaster.boxoffice import money
from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.organizers.queries import LAST, SALES_SECONDS

PAGE: Final = 50
"""The most orders that a page shows."""

_ORDERS = statement(__package__, "event_orders")
_ORDER = statement(__package__, "event_order")
_TICKETS = "SELECT code, status, used_at, gate FROM tickets WHERE order_id = $1 ORDER BY id"
_HISTORY = "SELECT at, became, reason FROM order_history WHERE order_id = $1 ORDER BY at"


@dataclass(frozen=True, kw_only=True)
class Sold:
    """An order and its buyer. `total` is decimal text."""

    id: int
    order_number: str
    quantity: int
    total: str
    status: str
    created_at: datetime
    name: str
    email: str
    ticket_type: str


@dataclass(frozen=True, kw_only=True)
class SoldTicket:
    """A ticket, and where it was let in."""

    code: str
    status: str
    used_at: datetime | None
    gate: str | None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change of an order's state; why is in the box office's own words."""

    at: datetime
    became: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """One order with all that happened to it."""

    order: Sold
    event_id: int
    event: str
    tickets: list[SoldTicket]
    steps: list[Step]


async def of_event(database: Database, event_id: int, text: str, before: int = LAST) -> list[Sold]:
    """Orders before the one with the id `before`, the newest first; with a text, those whose number, ticket code, buyer's
    name or address it is or is in."""
    async with database.connection(SALES_SECONDS) as connection:
        return [_sold(row) for row in await connection.fetch(_ORDERS, event_id, text, before, PAGE)]


async def story(database: Database, caller: Caller, number: str) -> Story:
    """An order of one of the caller's events; raises `NotFoundError`."""
    async with database.connection() as connection:
        row = await connection.fetchrow(_ORDER, number, caller.user_id, caller.is_admin)
        if row is None:
            raise NotFoundError("Order not found")
        tickets = await connection.fetch(_TICKETS, row["id"])
        steps = await connection.fetch(_HISTORY, row["id"])
    return Story(
        order=_sold(row),
        event_id=row["event_id"],
        event=row["title"],
        tickets=[SoldTicket(**ticket) for ticket in tickets],
        steps=[Step(**step) for step in steps],
    )


def _sold(row: Any) -> Sold:
    names = Sold.__dataclass_fields__
    return Sold(**{name: row[name] for name in names if name != "total"}, total=money.text(row["total_cents"]))
