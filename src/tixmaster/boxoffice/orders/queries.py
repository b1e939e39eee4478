"""The statements about orders, but for placing them (`reservation`) and paying for them (`payments`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.orders.model import Order, order_of
from tixmaster.boxoffice.tickets.qr import Signer

PAGE: Final = 500
"""The most orders that a list shows."""

_FIND = statement(__package__, "find")
_PLACED = statement(__package__, "placed")
_OF_USER = statement(__package__, "of_user")
_SUBJECTS = statement(__package__, "subjects")
_CANCEL = statement(__package__, "cancel")
_EXPIRE_ONE = statement(__package__, "expire_one")
_SWEEP = statement(__package__, "sweep")


@dataclass(frozen=True, kw_only=True)
class Swept:
    """Holds of one ticket type that were over; `orders` leaves out the probe's."""

    ticket_id: int
    orders: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What an order is for."""

    title: str
    event_date: datetime
    location: str
    cancelled: bool
    ticket_type: str


async def find(database: Database, signer: Signer, caller: Caller, number: str) -> Order | None:
    """An order, if the caller may see it."""
    row = await database.row(_FIND, number, *_reach(caller))
    return row and order_of(row, signer)


async def as_owner(database: Database, signer: Signer, owner: UUID, number: str) -> Order:
    """An order as its owner sees it."""
    return order_of(await database.row(_FIND, number, owner, False), signer)


async def as_placed(database: Database, signer: Signer, order_id: int) -> Order:
    """An order as it was answered when it was placed."""
    return order_of(await database.row(_PLACED, order_id), signer)


async def of_user(database: Database, signer: Signer, user_id: UUID, most: int = PAGE) -> list[Order]:
    """A buyer's newest orders, the newest first."""
    return [order_of(row, signer) for row in await database.rows(_OF_USER, user_id, most)]


async def subjects(database: Database, numbers: list[str]) -> dict[str, Subject]:
    """What orders are for, by their numbers. Whose they are, the caller has found out."""
    rows = [dict(row) for row in await database.rows(_SUBJECTS, numbers)]
    return {row.pop("order_number"): Subject(**row) for row in rows}


async def cancel(database: Database, caller: Caller, number: str) -> int | None:
    """Cancels an unpaid order of the caller's; the ticket type whose seats came back, or None."""
    row = await database.row(_CANCEL, number, *_reach(caller))
    return row and int(row["ticket_id"])


async def expire(database: Database, number: str) -> int | None:
    """Ends an unpaid order whose time is over; the ticket type whose seats came back, or None."""
    row = await database.row(_EXPIRE_ONE, number)
    return row and int(row["ticket_id"])


async def sweep(database: Database, most: int) -> list[Swept]:
    """Ends up to `most` unpaid orders whose time is over."""
    return [Swept(**row) for row in await database.rows(_SWEEP, most)]


def _reach(caller: Caller) -> tuple[Any, bool]:
    """Whose orders the caller may see: their own, an administrator everybody's (the statement asks whether it still is)."""
    return caller.user_id, caller.is_admin
