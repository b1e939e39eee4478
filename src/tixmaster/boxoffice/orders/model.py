"""Orders and tickets as their owner sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from tixmaster.boxoffice import money

Status = Literal["pending", "paid", "cancelled"]
TicketStatus = Literal["reserved", "valid", "used", "cancelled"]

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Purchase(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What somebody wants to buy."""

    event_id: Id
    ticket_id: Id
    quantity: Quantity
    payment_method: Annotated[str, msgspec.Meta(min_length=1, max_length=50)] = "credit_card"


class PaymentChange(msgspec.Struct, kw_only=True, frozen=True):
    """How the payment of an order ended."""

    status: Literal["paid", "cancelled"]


class OrderItem(msgspec.Struct, kw_only=True, frozen=True):
    """One ticket. Its status follows from the order's: nobody gets in on an order that is not paid."""

    id: int
    order_id: int
    ticket_code: str
    qr_code: str | None
    status: TicketStatus
    used_at: datetime | None


class Order(msgspec.Struct, kw_only=True, frozen=True):
    """An order with its tickets. `total_amount` is decimal text."""

    id: int
    order_number: str
    user_id: UUID
    event_id: int
    ticket_id: int
    quantity: int
    total_amount: str
    status: Status
    payment_method: str
    created_at: datetime
    paid_at: datetime | None
    expired_at: datetime | None
    items: list[OrderItem]


def order_of(row: Any) -> Order:
    """A row with the columns of `orders`, and of its items the arrays `item_ids`, `item_codes`, `item_used`."""
    fields = dict(row)
    columns = zip(fields.pop("item_ids"), fields.pop("item_codes"), fields.pop("item_used"), strict=True)
    items = [
        OrderItem(
            id=item_id,
            order_id=row["id"],
            ticket_code=code,
            qr_code=None,
            status=_ticket_status(row["status"], used_at),
            used_at=used_at,
        )
        for item_id, code, used_at in columns
    ]
    return Order(total_amount=money.text(fields.pop("total_cents")), items=items, **fields)


def _ticket_status(order: Status, used_at: datetime | None) -> TicketStatus:
    if order == "pending":
        return "reserved"
    if order == "cancelled":
        return "cancelled"
    return "used" if used_at else "valid"
