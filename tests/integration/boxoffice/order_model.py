"""What an order's life should be, in plain Python: no SQL, no clock. A payment "comes late" when its order is overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

UNPAID: Final = ("hold", "pending")
WITH_SEATS: Final = (*UNPAID, "paid")
LEGAL: Final = {
    ("hold", "pending"), ("hold", "paid"), ("hold", "cancelled"), ("hold", "expired"),
    ("pending", "paid"), ("pending", "cancelled"), ("pending", "expired"),
    ("expired", "paid"), ("paid", "refunded"),
}  # fmt: skip
TICKETS: Final = {"hold": "reserved", "pending": "reserved", "paid": "valid"}
"""What their owner sees; in every other state they are void."""


@dataclass(eq=False)
class Payment:
    """One attempt to pay."""

    id: UUID
    state: str = "started"


@dataclass(eq=False)
class Order:
    """One order. `path` is its states from the first to the present one."""

    id: int
    number: str
    buyer: int
    quantity: int
    key: str | None
    method: str
    path: list[str]
    overdue: bool = False
    payments: list[Payment] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.path[-1]

    @property
    def payable(self) -> bool:
        return self.state in UNPAID and not self.overdue

    @property
    def open_payment(self) -> Payment | None:
        return next((payment for payment in self.payments if payment.state == "started"), None)

    @property
    def issued(self) -> list[str]:
        """The states of the tickets that exist."""
        return {"paid": ["valid"], "refunded": ["void"]}.get(self.state, []) * self.quantity

    def end_if_overdue(self) -> None:
        if self.overdue and self.state in UNPAID:
            self.path.append("expired")


@dataclass
class Sale:
    """One ticket type and its orders."""

    seats: int
    limit: int | None
    take_late: bool
    orders: list[Order] = field(default_factory=list)

    @property
    def stock(self) -> int:
        return self.seats - sum(order.quantity for order in self.orders if order.state in WITH_SEATS)

    def sweep(self) -> None:
        for order in self.orders:
            order.end_if_overdue()

    def make_room(self, quantity: int) -> None:
        """Seats of holds that are over come back when they are asked for, if not before."""
        if quantity > self.stock:
            self.sweep()

    def refusal(self, buyer: int, quantity: int) -> str | None:
        """Why somebody cannot have so many seats."""
        self.make_room(quantity)
        has = sum(
            order.quantity for order in self.orders if order.buyer == buyer and (order.state == "paid" or order.payable)
        )
        if self.limit is not None and has + quantity > self.limit:
            return "More tickets than one person may buy"
        return "Not enough tickets available" if quantity > self.stock else None

    def money_came(self, order: Order, payment: Payment) -> None:
        """The order is paid, or the money has to go back."""
        if payment.state not in ("started", "failed"):
            return
        order.end_if_overdue()
        late = order.state == "expired" and self.take_late and order.quantity <= self.stock
        won = order.state in UNPAID or late
        if won:
            order.path.append("paid")
        payment.state = "succeeded" if won else "refund_due"

    def refund(self, order: Order) -> None:
        order.path.append("refunded")
        for payment in order.payments:
            if payment.state == "succeeded":
                payment.state = "refund_due"
