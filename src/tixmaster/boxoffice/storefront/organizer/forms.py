"""Forms as a browser sends them: all fields are text, so that one that is wrong can be shown again as it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from tixmaster.boxoffice import money
from tixmaster.boxoffice.errors import BoxOfficeError, ConflictError, InvalidError
from tixmaster.boxoffice.organizers.model import (
    BUYER_LIMIT,
    ORDER_LIMIT,
    EventChange,
    NewEvent,
    NewTicketType,
    OwnEvent,
    OwnTicketType,
    TicketTypeChange,
)
from tixmaster.boxoffice.storefront.words import Words, refusal

REFUSED: Final = (InvalidError, ConflictError)
"""What a form is shown again for."""

T = TypeVar("T")


class FieldError(InvalidError):
    """A field is wrong; its name is the reason."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is wrong")
        self.reason = field


class EventForm(msgspec.Struct, kw_only=True, frozen=True):
    """An event. Times are those of `zone`."""

    title: str = ""
    date: str = ""
    zone: str = "UTC"
    location: str = ""
    description: str = ""

    @classmethod
    def of(cls, event: OwnEvent) -> Self:
        """As it is now."""
        return cls(
            title=event.title, date=_text(event.event_date), location=event.location, description=event.description
        )

    def new(self) -> NewEvent:
        """Raises `FieldError`."""
        return _checked(NewEvent, self._fields())

    def change(self, event: OwnEvent) -> EventChange:
        """Raise `FieldError`. A date as the form showed it stays as it is, seconds included: also one that is past."""
        fields = self._fields()
        if fields["eventDate"] == event.event_date.replace(second=0, microsecond=0):
            del fields["eventDate"]
        return _checked(EventChange, fields)

    def _fields(self) -> dict[str, Any]:
        return {
            "title": self.title.strip(),
            "eventDate": _moment(self.date, self.zone, "eventDate"),
            "location": self.location.strip(),
            "description": self.description.replace("\r\n", "\n").strip(),
        }


class TicketTypeForm(msgspec.Struct, kw_only=True, frozen=True):
    """A ticket type. Times are those of `zone`; where a limit is empty there is none."""

    name: str = ""
    price: str = ""
    seats: str = ""
    per_order: str = str(ORDER_LIMIT)
    per_buyer: str = str(BUYER_LIMIT)
    starts: str = ""
    ends: str = ""
    zone: str = "UTC"

    @classmethod
    def of(cls, ticket: OwnTicketType) -> Self:
        """As it is now."""
        return cls(
            name=ticket.ticket_type,
            price=ticket.price.removesuffix(".00"),
            seats=str(ticket.total_quantity),
            per_order=str(ticket.max_per_order),
            per_buyer=str(ticket.max_per_buyer or ""),
            starts=_text(ticket.sale_starts_at),
            ends=_text(ticket.sale_ends_at),
        )

    def new(self) -> NewTicketType:
        """Raises `FieldError`."""
        return _checked(NewTicketType, self._fields())

    def change(self) -> TicketTypeChange:
        """Raises `FieldError`."""
        return _checked(TicketTypeChange, self._fields())

    def _fields(self) -> dict[str, Any]:
        try:
            money.cents(self.price.strip())
        except InvalidError as error:
            raise FieldError("price") from error
        return {
            "ticketType": self.name.strip(),
            "price": self.price.strip(),
            "totalQuantity": self.seats.strip(),
            "maxPerOrder": self.per_order.strip(),
            "maxPerBuyer": self.per_buyer.strip() or None,
            "saleStartsAt": _moment(self.starts, self.zone, "saleStartsAt") if self.starts else None,
            "saleEndsAt": _moment(self.ends, self.zone, "saleEndsAt") if self.ends else None,
        }


def trouble(error: BoxOfficeError, words: Words) -> str:
    """What is wrong with a form, in the reader's language."""
    return words.get(f"wrong_{error.reason}") or refusal(str(error), words) or words["do_400"]


def _checked(kind: type[T], fields: dict[str, Any]) -> T:
    """The request that the API takes, with its checks."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        # "Expected `str` of length >= 1 - at `$.title`", or "title must not be blank"
        named = re.search(r"\$\.(\w+)", str(error)) or re.match(r"(\w+)", str(error))
        raise FieldError(named[1] if named else "") from error


def _moment(text: str, zone: str, field: str) -> datetime:
    """The value of a `datetime-local` field."""
    if zone.strip() not in _zones():
        raise FieldError("zone")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone.strip())).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError(field) from error


def _text(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}" if at else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
