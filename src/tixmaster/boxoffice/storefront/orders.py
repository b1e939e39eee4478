"""The buyer's orders: paying for them, giving them back, and the tickets in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.flags.board import CHECKOUT_TIMER
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders import queries, settle
from tixmaster.boxoffice.payments.provider import Outcome
from tixmaster.boxoffice.payments.simulator import LATER, Simulator
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit, buyer
from tixmaster.boxoffice.tickets import picture

MOST: Final = 100
"""The most orders that a page shows."""
PICTURES: Final = 20
"""Codes on the page of an order; each ticket has a page of its own."""


class PayForm(msgspec.Struct, frozen=True):
    """What the payer does. `decline` is for the simulator alone."""

    choice: Literal["pay", "decline"] = "pay"


@get("/orders")
async def mine(request: Visit, office: OfficeHere) -> Template:
    """The buyer's orders, the newest first."""
    orders = await queries.of_user(office.database, office.signer, (await buyer(request)).user_id, MOST)
    subjects = await queries.subjects(office.database, [order.order_number for order in orders])
    currency = office.settings.payments.currency
    return page(request, "orders", orders=orders, subjects=subjects, most=MOST, currency=currency)


@get("/orders/{number:str}")
async def order(number: FromPath[str], request: Visit, office: OfficeHere) -> Template:
    """One order: what to do next, or its tickets."""
    found = await settle.find(office, await buyer(request), number)
    subject, now = (await queries.subjects(office.database, [number]))[number], datetime.now(UTC)
    seconds = (found.expired_at - now).total_seconds()
    waits = found.status in ("hold", "pending")
    return page(
        request,
        "order",
        order=found,
        pictures=PICTURES,
        subject=subject,
        past=subject.event_date <= now,
        # The sweeper comes every few seconds; the page does not offer to pay for what is over already.
        status="expired" if waits and seconds <= 0 else found.status,
        seconds=max(0, int(seconds)),
        timer=await office.flags.shows(CHECKOUT_TIMER),
        simulated=isinstance(office.desk.provider, Simulator),
        currency=office.settings.payments.currency,
    )


@post("/orders/{number:str}/pay", status_code=HTTP_303_SEE_OTHER)
async def pay(number: FromPath[str], data: URLEncodedBody[PayForm], request: Visit, office: OfficeHere) -> Redirect:
    """Has the order paid; a simulated payer may be declined."""
    caller = await buyer(request)
    simulator = office.desk.provider
    if data.choice == "decline":
        if not isinstance(simulator, Simulator):
            raise NotFoundError("There is no simulator here: payments are real")
        await settle.find(office, caller, number)
        _, started = await office.desk.begin(caller, number, settle.DEFAULT_METHOD)
        await simulator.pay(started.reference, Outcome.FAILED, LATER.total_seconds())
    await settle.settle(office, caller, number, "paid")
    return Redirect(f"/orders/{number}", status_code=HTTP_303_SEE_OTHER)


@post("/orders/{number:str}/cancel", status_code=HTTP_303_SEE_OTHER)
async def give_back(number: FromPath[str], request: Visit, office: OfficeHere) -> Redirect:
    """Gives the seats back."""
    await settle.settle(office, await buyer(request), number, "cancelled")
    return Redirect(f"/orders/{number}", status_code=HTTP_303_SEE_OTHER)


@get("/orders/{number:str}/tickets/{ticket_id:int}")
async def ticket(number: FromPath[str], ticket_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """One ticket, its code as large as the screen."""
    found = await settle.find(office, await buyer(request), number)
    places = {item.id: place for place, item in enumerate(found.items)}
    if ticket_id not in places:
        raise NotFoundError("Ticket not found")
    subject = (await queries.subjects(office.database, [number]))[number]
    return page(request, "ticket", order=found, place=places[ticket_id], subject=subject)


@get("/orders/{number:str}/tickets/{ticket_id:int}/qr.svg")
async def qr(number: FromPath[str], ticket_id: FromPath[int], request: Visit, office: OfficeHere) -> Response[bytes]:
    """The QR code of a ticket."""
    svg = await picture.svg(office, await buyer(request), number, ticket_id)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


HANDLERS: Final = (mine, order, pay, give_back, ticket, qr)
