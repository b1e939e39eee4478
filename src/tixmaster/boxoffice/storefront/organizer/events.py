"""An organiser's events: the list, one with its sales, creating, changing, publishing and calling off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice import money
from tixmaster.boxoffice.errors import BoxOfficeError
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.organizers import events, queries
from tixmaster.boxoffice.organizers.access import going_on, own_event
from tixmaster.boxoffice.organizers.course import course
from tixmaster.boxoffice.organizers.model import OwnEvent, TicketTypeSales
from tixmaster.boxoffice.storefront.organizer import chart
from tixmaster.boxoffice.storefront.organizer.forms import REFUSED, EventForm, trouble
from tixmaster.boxoffice.storefront.rendering import page, words_of
from tixmaster.boxoffice.storefront.session import Visit

MOST: Final = 100
"""The most events that a page shows."""

Before = Annotated[int, QueryParameter(name="before", ge=1, le=queries.LAST)]


@get("/")
async def mine(request: Visit, office: OfficeHere, before: Before = queries.LAST) -> Template:
    """The caller's events in all states; an administrator sees everybody's."""
    found, now = await queries.own_events(office.database, request.user, most=MOST, before=before), datetime.now(UTC)
    sold = [event.id for event in found if event.status != "cancelled" and not event.is_past(now)]
    unlimited = await queries.unlimited(office.database, sold)
    older = found[-1].id if len(found) == MOST else None
    return page(request, "organizer/events", events=found, older=older, unlimited=unlimited)


@get("/events/new")
async def new(request: Visit) -> Template:
    """The form for a new event."""
    return page(request, "organizer/event_form", form=EventForm(), event=None, problem=None)


@post("/events/new", status_code=HTTP_303_SEE_OTHER)
async def create(data: URLEncodedBody[EventForm], request: Visit, office: OfficeHere) -> Response[Any]:
    """Creates a draft, or shows the form again with what was wrong."""
    try:
        event = await events.create(office.database, request.user.user_id, data.new())
    except REFUSED as error:
        return _again(request, data, None, error)
    return _to(event)


@get("/events/{event_id:int}")
async def one(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """An event with its sales, and what can be done with it."""
    event = await own_event(office.database, request.user, event_id)
    sales = await queries.sales(office.database, event_id)
    return page(
        request,
        "organizer/event",
        event=event,
        past=event.is_past(datetime.now(UTC)),
        sales=sales,
        revenue=_revenue(sales),
        chart=chart.draw(await course(office.database, event_id), words_of(request)),
        currency=office.settings.payments.currency,
    )


@get("/events/{event_id:int}/change")
async def change_form(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """The form for changing an event."""
    event = going_on(await own_event(office.database, request.user, event_id))
    return page(request, "organizer/event_form", form=EventForm.of(event), event=event, problem=None)


@post("/events/{event_id:int}/change", status_code=HTTP_303_SEE_OTHER)
async def change(
    event_id: FromPath[int], data: URLEncodedBody[EventForm], request: Visit, office: OfficeHere
) -> Response[Any]:
    """Changes an event, or shows the form again with what was wrong."""
    event = await own_event(office.database, request.user, event_id)
    try:
        changed = await events.change(office.database, request.user, event_id, data.change(event))
    except REFUSED as error:
        return _again(request, data, event, error)
    return _to(changed)


@post("/events/{event_id:int}/publish", status_code=HTTP_303_SEE_OTHER)
async def publish(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Redirect:
    """Puts a draft on sale."""
    return _to(await events.publish(office.database, request.user, event_id))


@get("/events/{event_id:int}/cancel")
async def call_off_form(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """What calling off would do, to be confirmed."""
    event = going_on(await own_event(office.database, request.user, event_id))
    sales = await queries.sales(office.database, event_id)
    currency = office.settings.payments.currency
    return page(request, "organizer/call_off", event=event, sales=sales, revenue=_revenue(sales), currency=currency)


@post("/events/{event_id:int}/cancel", status_code=HTTP_303_SEE_OTHER)
async def call_off(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Redirect:
    """Calls an event off; its orders end within the next seconds."""
    return _to(await events.cancel(office.database, request.user, event_id))


def _to(event: OwnEvent) -> Redirect:
    return Redirect(f"/organizer/events/{event.id}", status_code=HTTP_303_SEE_OTHER)


def _again(request: Visit, form: EventForm, event: OwnEvent | None, error: BoxOfficeError) -> Template:
    problem = trouble(error, words_of(request))
    return page(request, "organizer/event_form", status_code=error.status, form=form, event=event, problem=problem)


def _revenue(sales: list[TicketTypeSales]) -> str:
    """What all ticket types brought in, as decimal text."""
    return money.text(sum(int(kind.revenue.replace(".", "")) for kind in sales))


HANDLERS: Final = (mine, new, create, one, change_form, change, publish, call_off_form, call_off)
