"""The statements about orders. Each that a buyer waits for is one round trip."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.orders.model import Order, Purchase, Status, order_of

PAGE: Final = 500
"""The most orders that a list shows."""

_PLACE = statement(__package__, "place")
_OFFER = statement(__package__, "offer")
_FIND = statement(__package__, "find")
_OF_USER = statement(__package__, "of_user")
_CHANGES: Final[dict[Status, str]] = {
    "paid": statement(__package__, "pay"),
    "cancelled": statement(__package__, "cancel"),
}


class Offer(msgspec.Struct, kw_only=True, frozen=True):
    """A ticket type as the seller sees it."""

    event_id: int
    available_quantity: int
    max_per_order: int
    status: str


async def place(database: Database, buyer: Caller, wish: Purchase, number: str, codes: list[str]) -> Order | None:
    """Takes the seats and writes the order, or does nothing at all and returns None."""
    row = await database.row(
        _PLACE,
        buyer.user_id,
        wish.event_id,
        wish.ticket_id,
        wish.quantity,
        buyer.is_probe,
        number,
        wish.payment_method,
        codes,
    )
    return row and order_of(row)


async def offer(database: Database, ticket_id: int) -> Offer | None:
    """The ticket type, sold to this buyer or not."""
    row = await database.row(_OFFER, ticket_id)
    return row and Offer(**row)


async def find(database: Database, caller: Caller, number: str) -> Order | None:
    """An order, if the caller may see it."""
    row = await database.row(_FIND, number, *_reach(caller))
    return row and order_of(row)


async def of_user(database: Database, user_id: UUID) -> list[Order]:
    """A buyer's newest orders, the newest first."""
    return [order_of(row) for row in await database.rows(_OF_USER, user_id, PAGE)]


async def change(database: Database, caller: Caller, number: str, status: Status) -> bool:
    """Takes a pending order of the caller's to `status`; whether it did."""
    return await database.row(_CHANGES[status], number, *_reach(caller)) is not None


def _reach(caller: Caller) -> tuple[Any, bool]:
    """Whose orders the caller may see: their own, an administrator everybody's."""
    return caller.user_id, caller.role == "admin"
