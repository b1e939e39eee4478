"""The orders of an organiser's event: searching them, one with its story, and giving its money back."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.errors import BoxOfficeError
from tixmaster.boxoffice.office import Office, OfficeHere
from tixmaster.boxoffice.organizers import orders
from tixmaster.boxoffice.organizers.access import own_event
from tixmaster.boxoffice.organizers.model import RefundWish
from tixmaster.boxoffice.organizers.queries import LAST
from tixmaster.boxoffice.organizers.refund import refund
from tixmaster.boxoffice.storefront.organizer.forms import FieldError, trouble
from tixmaster.boxoffice.storefront.rendering import page, words_of
from tixmaster.boxoffice.storefront.session import Visit

Text = Annotated[str, QueryParameter(name="q", max_length=254)]
Before = Annotated[int, QueryParameter(name="before", ge=1, le=LAST)]


class RefundForm(msgspec.Struct, frozen=True):
    """Why the money goes back."""

    reason: str = ""


@get("/events/{event_id:int}/orders")
async def of_event(
    event_id: FromPath[int], request: Visit, office: OfficeHere, text: Text = "", before: Before = LAST
) -> Template:
    """The orders of an event, all or those that match."""
    event = await own_event(office.database, request.user, event_id)
    found = await orders.of_event(office.database, event_id, text.strip(), before)
    return page(
        request,
        "organizer/orders",
        event=event,
        orders=found,
        text=text,
        older=found[-1].id if len(found) == orders.PAGE else None,
        currency=office.settings.payments.currency,
    )


@get("/orders/{number:str}")
async def one(number: FromPath[str], request: Visit, office: OfficeHere) -> Template:
    """One order: who bought it, its tickets, and what happened to it."""
    return await _one(office, request, number)


@post("/orders/{number:str}/refund", status_code=HTTP_303_SEE_OTHER)
async def give_back(
    number: FromPath[str], data: URLEncodedBody[RefundForm], request: Visit, office: OfficeHere
) -> Response[Any]:
    """Takes the tickets back; the money goes back within the next seconds."""
    try:
        wish = msgspec.convert({"reason": data.reason.strip()}, RefundWish)
    except msgspec.ValidationError:
        return await _one(office, request, number, FieldError("reason"))
    await refund(office, request.user, number, wish.reason)
    return Redirect(f"/organizer/orders/{number}", status_code=HTTP_303_SEE_OTHER)


async def _one(office: Office, request: Visit, number: str, error: BoxOfficeError | None = None) -> Template:
    return page(
        request,
        "organizer/order",
        status_code=error.status if error else 200,
        story=await orders.story(office.database, request.user, number),
        problem=trouble(error, words_of(request)) if error else None,
        currency=office.settings.payments.currency,
    )


HANDLERS: Final = (of_event, one, give_back)
