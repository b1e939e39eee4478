"""What is on, one event with its tickets, and holding seats of it."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import uuid4

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders.model import Hold, Id, Quantity
from tixmaster.boxoffice.orders.place import place
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit, buyer

API: Final = frozenset({"api", "auth"})


class HoldForm(msgspec.Struct, frozen=True):
    """Seats to hold. `key` names the form, so that pressing twice holds them once."""

    ticket: Id
    quantity: Quantity
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


@get(["/", "/{path:path}"])
async def what_is_on(request: Visit, office: OfficeHere) -> Template:
    """What is on: the front page, and the answer to every path that nobody else answers."""
    if request.url.path.split("/")[1] in API:
        raise NotFoundException
    return page(request, "events", events=await office.catalogue.events())


@get("/events/{event_id:int}")
async def event(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """One event: what, when, where, and which tickets there are."""
    return page(
        request,
        "event",
        event=await office.catalogue.event(event_id),
        tickets=await office.catalogue.tickets(event_id),
        currency=office.settings.payments.currency,
        key=lambda: uuid4().hex,
    )


@post("/events/{event_id:int}/hold", status_code=HTTP_303_SEE_OTHER)
async def hold(event_id: FromPath[int], data: URLEncodedBody[HoldForm], request: Visit, office: OfficeHere) -> Redirect:
    """Holds seats and leads to the order, where they are paid."""
    wish = Hold(event_id=event_id, ticket_id=data.ticket, quantity=data.quantity)
    order = await place(office, buyer(request), wish, data.key)
    return Redirect(f"/orders/{order.order_number}", status_code=HTTP_303_SEE_OTHER)


HANDLERS: Final = (what_is_on, event, hold)
