"""What somebody wants, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias
from uuid import UUID

State: TypeAlias = Literal["hold", "pending"]
"""How an order begins: seats held while the buyer decides how to pay, or an order to be paid."""


class Outcome(StrEnum):
    """What the function `sell` of the database says of a request; all but the first two are refusals that took nothing."""

    SOLD = "sold"
    REPLAYED = "replayed"
    KEY_REUSED = "key_reused"
    UNKNOWN_TICKET = "unknown_ticket"
    NO_ACCOUNT = "no_account"
    BUSY = "busy"
    """Something else is being sold to the same buyer in this moment. The line asks again; no caller hears of it."""
    OTHER_EVENT = "other_event"
    NOT_ON_SALE = "not_on_sale"
    EVENT_PAST = "event_past"
    SALE_NOT_OPEN = "sale_not_open"
    SALE_OVER = "sale_over"
    OVER_ORDER_LIMIT = "over_order_limit"
    OVER_BUYER_LIMIT = "over_buyer_limit"
    OVER_OPEN_LIMIT = "over_open_limit"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for every sale: how long unpaid orders keep their seats, how many unpaid orders a buyer may have open over
    all ticket types, and how many seats in them. None is no bound; a single order is bounded by its ticket type alone."""

    hold: timedelta
    open_orders: int | None = None
    open_seats: int | None = None


@dataclass(slots=True, eq=False)
class Request:
    """One wish, on its way through the line. `number` and `codes` are for the order that it may become."""

    buyer: UUID
    probe: bool
    event: int
    ticket: int
    quantity: int
    state: State
    method: str
    key: str | None
    number: str
    codes: list[str]
    arrived: float
    answer: asyncio.Future[Answer]
    version: int = 0
    """Of the buyer's token: `sell` refuses one that a password change has ended."""

    def asks_the_same(self, other: Request) -> bool:
        """Whether both ask for the same thing, as two sendings of one request do."""
        return (self.event, self.ticket, self.quantity, self.state, self.method) == (
            other.event,
            other.ticket,
            other.quantity,
            other.state,
            other.method,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `order_id` is that of the new order, or of the earlier one
    under the same key, or 0."""

    outcome: Outcome
    order_id: int
    price_cents: int
    placed_at: datetime
    expires_at: datetime
    number: str
    codes: list[str]
