"""Giving the money of one order back."""

from __future__ import annotations

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import ConflictError, ForbiddenError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.orders import queries as orders
from tixmaster.boxoffice.orders.model import Order

_REFUND = statement(__package__, "refund")


async def refund(office: Office, caller: Caller, number: str, reason: str) -> Order:
    """paid → refunded; again, it changes nothing. Raises `NotFoundError`, `ForbiddenError`, `ConflictError`."""
    row = await office.database.row(_REFUND, number, caller.user_id, caller.is_admin, reason)
    if row is None:
        raise NotFoundError("Order not found")
    if not row["may"]:
        raise ForbiddenError("Only the organizer of the event gives money back")
    if row["ticket_id"] is not None:
        office.reservations.seats_came_back(row["ticket_id"])
    order = await orders.as_owner(office.database, office.signer, row["user_id"], number)
    if order.status != "refunded":
        raise ConflictError(f"The order is {order.status}: only a paid one can be refunded")
    return order
