"""What is on, one event with its tickets, and holding seats of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.events.model import Sale
from tixmaster.boxoffice.events.viewers import again_in
from tixmaster.boxoffice.flags.board import VIEWING_COUNT
from tixmaster.boxoffice.office import Office, OfficeHere
from tixmaster.boxoffice.orders.model import Hold, Id, Quantity
from tixmaster.boxoffice.orders.place import place
from tixmaster.boxoffice.storefront.rendering import left, page, words_of
from tixmaster.boxoffice.storefront.session import Visit, buyer
from tixmaster.boxoffice.storefront.words import Words

MOST: Final = 60
"""The most events that a page shows."""
SURELY_OVER: Final = timedelta(days=1)
"""After its beginning an event is called over, no longer begun: when events end is not recorded."""

First = Annotated[int, QueryParameter(name="from", ge=0, le=1_000_000)]
PageName = Annotated[str, QueryParameter(name="page", min_length=1, max_length=32)]
"""The random name of an opened page."""


class HoldForm(msgspec.Struct, frozen=True):
    """Seats to hold. `key` names the form, so that pressing twice holds them once."""

    ticket: Id
    quantity: Quantity
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Stock(msgspec.Struct, frozen=True):
    """How a ticket type stands, in the reader's words."""

    sale: Sale
    left: str


class Live(msgspec.Struct, frozen=True):
    """What changes on an open page of an event: stock by ticket type, who else looks, and when to ask again."""

    tickets: dict[int, Stock]
    viewing: str
    again_seconds: int


@get("/")
async def what_is_on(request: Visit, office: OfficeHere, first: First = 0) -> Template:
    """The front page: what is on."""
    events = await office.catalogue.events()
    later = first + MOST if len(events) > first + MOST else None
    return page(request, "events", events=events[first : first + MOST], later=later)


@get("/events/{event_id:int}")
async def event(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """One event: what, when, where, and which tickets there are."""
    found, now = await office.catalogue.event(event_id), datetime.now(UTC)
    name = uuid4().hex
    seen = office.viewers.seen(event_id, name)
    return page(
        request,
        "event",
        event=found,
        past=found.is_past(now),
        over=found.is_past(now - SURELY_OVER),
        tickets=await office.catalogue.offers(event_id),
        now=now,
        name=name,
        viewing=await _viewing(office, seen, words_of(request)),
        again_seconds=again_in(seen),
        currency=office.settings.payments.currency,
        key=lambda: uuid4().hex,
    )


@get("/events/{event_id:int}/live")
async def live(event_id: FromPath[int], name: PageName, request: Visit, office: OfficeHere) -> Response[Live]:
    """What an open page of the event asks for now and then."""
    words, now = words_of(request), datetime.now(UTC)
    offers = await office.catalogue.offers(event_id)
    seen = office.viewers.seen(event_id, name)
    said = Live(
        tickets={offer.id: Stock(offer.sale(now), left(offer.available_quantity, words)) for offer in offers},
        viewing=await _viewing(office, seen, words),
        again_seconds=again_in(seen),
    )
    return Response(said, headers={"Cache-Control": "private, no-store"})


@post("/events/{event_id:int}/hold", status_code=HTTP_303_SEE_OTHER)
async def hold(event_id: FromPath[int], data: URLEncodedBody[HoldForm], request: Visit, office: OfficeHere) -> Redirect:
    """Holds seats and leads to the order, where they are paid."""
    wish = Hold(event_id=event_id, ticket_id=data.ticket, quantity=data.quantity)
    order = await place(office, await buyer(request), wish, data.key)
    return Redirect(f"/orders/{order.order_number}", status_code=HTTP_303_SEE_OTHER)


async def _viewing(office: Office, seen: int, words: Words) -> str:
    """How many look at the event, where that is to be shown and somebody else does."""
    if seen < 2 or not await office.flags.shows(VIEWING_COUNT):
        return ""
    return words["viewing"].format(count=seen)


HANDLERS: Final = (what_is_on, event, live, hold)
