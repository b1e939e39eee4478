"""The states of an order: pending → paid | cancelled, and no further.

Cancelling gives the seats back, once. Giving money back for a paid order is not part of this.
"""

from __future__ import annotations

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.orders import queries
from tixmaster.boxoffice.orders.model import Order, Status


async def find(database: Database, caller: Caller, number: str) -> Order:
    """An order of the caller's; raises `NotFoundError`, also for somebody else's."""
    order = await queries.find(database, caller, number)
    if order is None:
        raise NotFoundError("Order not found")
    return order


async def settle(database: Database, caller: Caller, number: str, status: Status) -> Order:
    """Takes a pending order to `status`; asking again changes nothing. Raises `ConflictError` from any other state."""
    changed = await queries.change(database, caller, number, status)
    order = await find(database, caller, number)
    if not changed and order.status != status:
        raise ConflictError(f"The order is {order.status} and can no longer become {status}")
    return order
