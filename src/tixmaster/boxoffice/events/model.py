"""Events and ticket types as visitors see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from tixmaster.boxoffice import money


class Event(msgspec.Struct, kw_only=True, frozen=True):
    """Something that happens at a place and a time."""

    id: int
    title: str
    description: str
    event_date: datetime
    location: str
    status: str
    created_at: datetime

    def is_past(self, now: datetime) -> bool:
        """Whether it has begun: from then on it is neither listed nor sold."""
        return self.event_date <= now


class TicketType(msgspec.Struct, kw_only=True, frozen=True):
    """A kind of seat, its price and its stock. `price` is decimal text."""

    id: int
    event_id: int
    ticket_type: str
    price: str
    total_quantity: int
    available_quantity: int
    created_at: datetime


Sale = Literal["open", "sold_out", "not_yet", "over"]
"""Whether a ticket type can be bought now, and why not."""


class Offer(TicketType, kw_only=True, frozen=True):
    """A ticket type with its limits; None where there is none."""

    max_per_order: int
    max_per_buyer: int | None
    sale_starts_at: datetime | None
    sale_ends_at: datetime | None

    def sale(self, now: datetime) -> Sale:
        """How it stands; the function `sell` of the database, which decides, goes by the same times."""
        if self.sale_ends_at is not None and now >= self.sale_ends_at:
            return "over"
        if self.sale_starts_at is not None and now < self.sale_starts_at:
            return "not_yet"
        return "open" if self.available_quantity > 0 else "sold_out"


class Availability(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """Whether there are seats left."""

    ticket_id: int
    ticket_type: str
    available: bool
    available_quantity: int
    total_quantity: int


def ticket_type_of(row: Any) -> TicketType:
    """A row of `ticket_types`."""
    fields = dict(row)
    return TicketType(price=money.text(fields.pop("price_cents")), **fields)


def offer_of(row: Any) -> Offer:
    """A row of `offers_of_event.sql`."""
    fields = dict(row)
    return Offer(price=money.text(fields.pop("price_cents")), **fields)


def availability_of(ticket: TicketType, event: Event, now: datetime) -> Availability:
    """The stock of a ticket type in short. Nothing of an event that has begun can be bought, whatever is left."""
    return Availability(
        ticket_id=ticket.id,
        ticket_type=ticket.ticket_type,
        available=ticket.available_quantity > 0 and not event.is_past(now),
        available_quantity=ticket.available_quantity,
        total_quantity=ticket.total_quantity,
    )
