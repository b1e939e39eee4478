"""An organiser's ticket types: creating and changing them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.errors import BoxOfficeError, NotFoundError
from tixmaster.boxoffice.office import Office, OfficeHere
from tixmaster.boxoffice.organizers import queries, ticket_types
from tixmaster.boxoffice.organizers.access import event_of_own_ticket, going_on, own_event
from tixmaster.boxoffice.organizers.model import OwnEvent, TicketTypeSales
from tixmaster.boxoffice.storefront.organizer.forms import REFUSED, TicketTypeForm, trouble
from tixmaster.boxoffice.storefront.rendering import page, words_of
from tixmaster.boxoffice.storefront.session import Visit


@get("/events/{event_id:int}/tickets/new")
async def new(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """The form for a new ticket type."""
    event = going_on(await own_event(office.database, request.user, event_id))
    return _form(request, office, event, TicketTypeForm(), None)


@post("/events/{event_id:int}/tickets/new", status_code=HTTP_303_SEE_OTHER)
async def create(
    event_id: FromPath[int], data: URLEncodedBody[TicketTypeForm], request: Visit, office: OfficeHere
) -> Response[Any]:
    """Adds a ticket type, or shows the form again with what was wrong."""
    event = going_on(await own_event(office.database, request.user, event_id))
    try:
        await ticket_types.create(office, request.user, event_id, data.new())
    except REFUSED as error:
        return _form(request, office, event, data, None, error)
    return _to(event)


@get("/tickets/{ticket_id:int}")
async def change_form(ticket_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """The form for changing a ticket type."""
    event, ticket = await _own(office, request, ticket_id)
    return _form(request, office, event, TicketTypeForm.of(ticket), ticket)


@post("/tickets/{ticket_id:int}", status_code=HTTP_303_SEE_OTHER)
async def change(
    ticket_id: FromPath[int], data: URLEncodedBody[TicketTypeForm], request: Visit, office: OfficeHere
) -> Response[Any]:
    """Changes a ticket type, or shows the form again with what was wrong."""
    event, ticket = await _own(office, request, ticket_id)
    try:
        await ticket_types.change(office, request.user, ticket_id, data.change())
    except REFUSED as error:
        return _form(request, office, event, data, ticket, error)
    return _to(event)


async def _own(office: Office, request: Visit, ticket_id: int) -> tuple[OwnEvent, TicketTypeSales]:
    event = going_on(await event_of_own_ticket(office.database, request.user, ticket_id))
    for ticket in await queries.sales(office.database, event.id):
        if ticket.id == ticket_id:
            return event, ticket
    raise NotFoundError("Ticket not found")


def _form(
    request: Visit,
    office: Office,
    event: OwnEvent,
    form: TicketTypeForm,
    ticket: TicketTypeSales | None,
    error: BoxOfficeError | None = None,
) -> Template:
    return page(
        request,
        "organizer/ticket_type_form",
        status_code=error.status if error else 200,
        event=event,
        ticket=ticket,
        form=form,
        problem=trouble(error, words_of(request)) if error else None,
        currency=office.settings.payments.currency,
    )


def _to(event: OwnEvent) -> Redirect:
    return Redirect(f"/organizer/events/{event.id}", status_code=HTTP_303_SEE_OTHER)


HANDLERS: Final = (new, create, change_form, change)
