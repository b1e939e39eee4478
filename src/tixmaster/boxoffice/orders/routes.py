"""/api/orders and /api/holds"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, HeaderParameter, JSONBody

from tixmaster.boxoffice.identity import SignedIn, buyers_only, signed_in
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders import queries
from tixmaster.boxoffice.orders import settle as ending
from tixmaster.boxoffice.orders.model import Hold, Order, OrderItem, Purchase
from tixmaster.boxoffice.orders.place import place as place_order

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=128)]
"""Names a request, so that it can be sent again: within 24 hours the answer is that of the first."""


class PaymentChange(msgspec.Struct, kw_only=True, frozen=True):
    """How the payment of an order is to end."""

    status: Literal["paid", "cancelled"]


@post("/orders", guards=[buyers_only])
async def place(
    data: JSONBody[Purchase], request: SignedIn, office: OfficeHere, idempotency_key: Key = None
) -> dict[str, str | Order]:
    """Orders seats, to be paid before `expired_at`."""
    return {"message": "Order created", "order": await place_order(office, request.user, data, idempotency_key)}


@post("/holds", guards=[buyers_only])
async def hold(
    data: JSONBody[Hold], request: SignedIn, office: OfficeHere, idempotency_key: Key = None
) -> dict[str, str | Order]:
    """Holds seats until `expired_at`, for somebody who has not said yet how to pay."""
    return {"message": "Seats held", "order": await place_order(office, request.user, data, idempotency_key)}


@get("/orders/user/me", guards=[signed_in])
async def mine(request: SignedIn, office: OfficeHere) -> dict[str, list[Order]]:
    """The caller's orders, the newest first."""
    return {"orders": await queries.of_user(office.database, office.signer, request.user.user_id)}


@get("/orders/{number:str}", guards=[signed_in])
async def order(number: FromPath[str], request: SignedIn, office: OfficeHere) -> dict[str, Order]:
    """One of the caller's orders."""
    return {"order": await ending.find(office, request.user, number)}


@get("/orders/{number:str}/tickets", guards=[signed_in])
async def tickets(number: FromPath[str], request: SignedIn, office: OfficeHere) -> dict[str, list[OrderItem]]:
    """The tickets of one of the caller's orders."""
    return {"tickets": (await ending.find(office, request.user, number)).items}


@put("/orders/{number:str}/payment", guards=[signed_in])
async def settle(
    number: FromPath[str], data: JSONBody[PaymentChange], request: SignedIn, office: OfficeHere
) -> dict[str, str | Order]:
    """Cancels an order, or has it paid: `paid` is true only if the payment provider says so."""
    changed = await ending.settle(office, request.user, number, data.status)
    return {"message": f"Order {changed.status}", "order": changed}


router = Router("/api", route_handlers=[place, hold, mine, order, tickets, settle])
