"""What organisers send, and what they get to see of their own events. Amounts are decimal text, times have a zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tixmaster.boxoffice import money, text
from tixmaster.boxoffice.digits import Digits, whole
from tixmaster.boxoffice.events.model import Event, Offer

MOST_SEATS: Final = 1_000_000
ORDER_LIMIT: Final = 4
BUYER_LIMIT: Final = 8
"""Of a new ticket type where the organizer says nothing: a family in one order, two of them in all. Without a limit per buyer
one account can take every seat (docs/selling.md)."""
YEARS: Final = range(2000, 2200)
"""Beyond these somebody mistyped, or sent a number that was meant as something else."""

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
Location = Annotated[str, msgspec.Meta(max_length=300)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Price = Annotated[str, msgspec.Meta(max_length=20)]
Total = Annotated[int, msgspec.Meta(ge=0, le=MOST_SEATS)] | Digits
OrderLimit = Annotated[int, msgspec.Meta(ge=1, le=1000)] | Digits
BuyerLimit = Annotated[int, msgspec.Meta(ge=1, le=MOST_SEATS)] | Digits
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


COUNTS: Final = {"total_quantity": (0, MOST_SEATS), "max_per_order": (1, 1000), "max_per_buyer": (1, MOST_SEATS)}
"""Numbers that may come as digits, and their ranges."""
FREE_TEXTS: Final = frozenset({"title", "ticket_type", "reason", "location", "description"})


class _Checked(msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A request in which no text that must say something is blank, no text holds invisible characters, and no time is absurd.
    A misspelt field is refused: left out silently, a limit would not be there when the sale begins."""

    def __post_init__(self) -> None:
        for name, field in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            value = getattr(self, name)
            if isinstance(value, datetime) and value.year not in YEARS:
                raise ValueError(f"{field} must lie between the years {YEARS.start} and {YEARS.stop - 1}")
            if name in COUNTS and isinstance(value, str):
                msgspec.structs.force_setattr(self, name, whole(value, field, *COUNTS[name]))
            if name in FREE_TEXTS and isinstance(value, str):
                text.check(value, field, lines=name == "description", blank=name in ("description", "location"))


class NewEvent(_Checked, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An event to be, as a draft."""

    title: Title
    event_date: Moment
    description: Description = ""
    location: Location = ""


class EventChange(_Checked, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is to be different; what is left out stays."""

    title: Title | UnsetType = UNSET
    event_date: Moment | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    location: Location | UnsetType = UNSET


class NewTicketType(_Checked, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A kind of ticket to sell. Without limits of its own: 4 per order, 8 per buyer, at any time. `null` is no limit per
    buyer."""

    ticket_type: Title
    price: Price
    total_quantity: Total
    max_per_order: OrderLimit = ORDER_LIMIT
    max_per_buyer: BuyerLimit | None = BUYER_LIMIT
    sale_starts_at: Moment | None = None
    sale_ends_at: Moment | None = None


class TicketTypeChange(_Checked, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is to be different; what is left out stays, `null` takes a limit away."""

    ticket_type: Title | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    total_quantity: Total | UnsetType = UNSET
    max_per_order: OrderLimit | UnsetType = UNSET
    max_per_buyer: BuyerLimit | UnsetType | None = UNSET
    sale_starts_at: Moment | UnsetType | None = UNSET
    sale_ends_at: Moment | UnsetType | None = UNSET


class RefundWish(_Checked, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Why an order's money goes back."""

    reason: Reason


class OwnEvent(Event, kw_only=True, frozen=True):
    """An event as its organiser sees it, in whatever state."""

    organizer_id: UUID | None


class OwnTicketType(Offer, kw_only=True, frozen=True):
    """A ticket type with its limits; None where there is none."""


class TicketTypeSales(OwnTicketType, kw_only=True, frozen=True):
    """How a ticket type sells. Seats: `available_quantity` in stock, `held` by unpaid orders, `sold`, and those `refunded`
    (in stock again); `checked_in` of the sold ones. `revenue` is what was paid and not given back, `refunded_amount` what
    was, or is about to be."""

    held: int
    sold: int
    revenue: str
    refunded: int
    refunded_amount: str
    checked_in: int


def own_event_of(row: Any) -> OwnEvent:
    """A row of `events`."""
    return OwnEvent(**_fields_of(OwnEvent, row))


def own_ticket_type_of(row: Any) -> OwnTicketType:
    """A row of `ticket_types`."""
    return OwnTicketType(**_fields_of(OwnTicketType, {**row, "price": money.text(row["price_cents"])}))


def sales_of(row: Any) -> TicketTypeSales:
    """A row of `sales.sql`."""
    amounts = {
        "price": money.text(row["price_cents"]),
        "revenue": money.text(row["revenue_cents"]),
        "refunded_amount": money.text(row["refunded_cents"]),
    }
    return TicketTypeSales(**_fields_of(TicketTypeSales, {**row, **amounts}))


def _fields_of(kind: type[msgspec.Struct], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in kind.__struct_fields__}
