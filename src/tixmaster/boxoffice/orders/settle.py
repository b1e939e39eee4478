"""How an order ends: paid, cancelled, or expired. The database enforces the states (migrations/0004_order_triggers.sql)."""

from __future__ import annotations

from typing import Final, Literal

from tixmaster.boxoffice.errors import ConflictError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.orders import queries
from tixmaster.boxoffice.orders.model import Order

SWEEP: Final = 500
"""The most orders of one sweep: a statement of a few milliseconds."""
DEFAULT_METHOD: Final = "credit_card"


async def find(office: Office, caller: Caller, number: str) -> Order:
    """An order of the caller's; raises `NotFoundError`, also for somebody else's."""
    order = await queries.find(office.database, office.signer, caller, number)
    if order is None:
        raise NotFoundError("Order not found")
    return order


async def settle(office: Office, caller: Caller, number: str, status: Literal["paid", "cancelled"]) -> Order:
    """Has the order paid or cancelled; asking again changes nothing. Raises `ConflictError` from a state that forbids it."""
    order = await find(office, caller, number)
    if order.status == status:
        return order
    if ticket := await queries.expire(office.database, number):
        office.reservations.seats_came_back(ticket)
        order = await find(office, caller, number)
    if order.status not in ("hold", "pending"):
        raise _too_late(order, status)
    if status == "paid":
        await _pay(office, caller, order)
    elif ticket := await queries.cancel(office.database, caller, number):
        office.reservations.seats_came_back(ticket)
        office.metrics.note_probe(caller)
    order = await find(office, caller, number)
    if order.status != status:
        raise _too_late(order, status)
    return order


def _too_late(order: Order, wanted: str) -> ConflictError:
    return ConflictError(f"The order is {order.status} and can no longer become {wanted}").because(
        f"order_{order.status}"
    )


async def _pay(office: Office, caller: Caller, order: Order) -> None:
    try:
        await office.desk.pay_now(caller, order.order_number, order.payment_method or DEFAULT_METHOD)
    except ConflictError:
        # Somebody else may have had it paid a moment before: a second click, or the provider's webhook.
        if (await find(office, caller, order.order_number)).status != "paid":
            raise


async def sweep(office: Office) -> None:
    """Gives back the seats of holds that are over, until there are none."""
    more = True
    while more:
        swept = await queries.sweep(office.database, SWEEP)
        for item in swept:
            office.reservations.seats_came_back(item.ticket_id)
            office.metrics.order_outcome["expired"].inc(item.orders)
        more = sum(item.rows for item in swept) == SWEEP
