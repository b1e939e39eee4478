"""Events and ticket types as visitors see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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


class TicketType(msgspec.Struct, kw_only=True, frozen=True):
    """A kind of seat, its price and its stock. `price` is decimal text."""

    id: int
    event_id: int
    ticket_type: str
    price: str
    total_quantity: int
    available_quantity: int
    created_at: datetime


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


def availability_of(ticket: TicketType) -> Availability:
    """The stock of a ticket type in short."""
    return Availability(
        ticket_id=ticket.id,
        ticket_type=ticket.ticket_type,
        available=ticket.available_quantity > 0,
        available_quantity=ticket.available_quantity,
        total_quantity=ticket.total_quantity,
    )
