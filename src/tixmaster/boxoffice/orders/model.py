"""Orders and tickets as their owner sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from tixmaster.boxoffice import money
from tixmaster.boxoffice.digits import Digits
from tixmaster.boxoffice.tickets.qr import Signer

Status = Literal["hold", "pending", "paid", "cancelled", "expired", "refunded"]
TicketStatus = Literal["reserved", "valid", "used", "void"]

MOST_SEATS: Final = 1000
LARGEST_ID: Final = 2**63 - 1
Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)] | Digits
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MOST_SEATS)] | Digits
PaymentMethod = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]

TICKETS_PER_ORDER: Final = 1024
"""The id of a ticket is that of its order times this, plus its place: known before the ticket is issued."""


class Purchase(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What somebody wants to buy."""

    event_id: Id
    ticket_id: Id
    quantity: Quantity
    payment_method: PaymentMethod = "credit_card"


class Hold(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What somebody wants to have held while they decide how to pay."""

    event_id: Id
    ticket_id: Id
    quantity: Quantity


class OrderItem(msgspec.Struct, kw_only=True, frozen=True):
    """One ticket. It gets somebody in while it is `valid`; `qr_code`, the signed text to show at the gate, is there as
    long as the order is paid."""

    id: int
    order_id: int
    ticket_code: str
    qr_code: str | None
    status: TicketStatus
    used_at: datetime | None


class Order(msgspec.Struct, kw_only=True, frozen=True):
    """An order with its tickets. `total_amount` is decimal text. `expired_at` is when the seats are (or were) given back
    unless it is paid before."""

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
    expired_at: datetime
    items: list[OrderItem]


def order_of(row: Any, signer: Signer) -> Order:
    """A row of `find.sql` or `of_user.sql`."""
    return Order(
        id=row["id"],
        order_number=row["order_number"],
        user_id=row["user_id"],
        event_id=row["event_id"],
        ticket_id=row["ticket_id"],
        quantity=row["quantity"],
        total_amount=money.text(row["total_cents"]),
        status=row["status"],
        payment_method=row["payment_method"],
        created_at=row["created_at"],
        paid_at=row["paid_at"],
        expired_at=row["expires_at"],
        items=_issued(row, signer) if row["ticket_states"] else unissued(row["id"], row["ticket_codes"], row["status"]),
    )


def unissued(order_id: int, codes: list[str], status: Status) -> list[OrderItem]:
    """The tickets of an order that has not been paid."""
    state: TicketStatus = "reserved" if status in ("hold", "pending") else "void"
    first = order_id * TICKETS_PER_ORDER
    return [
        OrderItem(id=first + place, order_id=order_id, ticket_code=code, qr_code=None, status=state, used_at=None)
        for place, code in enumerate(codes)
    ]


def _issued(row: Any, signer: Signer) -> list[OrderItem]:
    first = row["id"] * TICKETS_PER_ORDER
    columns = zip(row["ticket_codes"], row["ticket_states"], row["ticket_used"], strict=True)
    return [
        OrderItem(
            id=first + place,
            order_id=row["id"],
            ticket_code=code,
            qr_code=None if state == "void" else signer.sign(code, row["event_id"], row["ticket_id"]),
            status=state,
            used_at=used_at,
        )
        for place, (code, state, used_at) in enumerate(columns)
    ]
