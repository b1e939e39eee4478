"""/api/orders"""

from __future__ import annotations

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from tixmaster.boxoffice.identity import SignedIn, signed_in
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders import payment, queries
from tixmaster.boxoffice.orders.model import Order, OrderItem, PaymentChange, Purchase
from tixmaster.boxoffice.orders.sell import sell


@post("/")
async def place(data: JSONBody[Purchase], request: SignedIn, office: OfficeHere) -> dict[str, str | Order]:
    """Orders seats."""
    order = await sell(office.database, office.metrics, request.user, data)
    return {"message": "Order created", "order": order}


@get("/user/me")
async def mine(request: SignedIn, office: OfficeHere) -> dict[str, list[Order]]:
    """The caller's orders, the newest first."""
    return {"orders": await queries.of_user(office.database, request.user.user_id)}


@get("/{number:str}")
async def order(number: FromPath[str], request: SignedIn, office: OfficeHere) -> dict[str, Order]:
    """One of the caller's orders."""
    return {"order": await payment.find(office.database, request.user, number)}


@get("/{number:str}/tickets")
async def tickets(number: FromPath[str], request: SignedIn, office: OfficeHere) -> dict[str, list[OrderItem]]:
    """The tickets of one of the caller's orders."""
    return {"tickets": (await payment.find(office.database, request.user, number)).items}


@put("/{number:str}/payment")
async def settle(
    number: FromPath[str], data: JSONBody[PaymentChange], request: SignedIn, office: OfficeHere
) -> dict[str, str | Order]:
    """Says how the payment ended."""
    changed = await payment.settle(office.database, request.user, number, data.status)
    return {"message": f"Order {changed.status}", "order": changed}


router = Router("/api/orders", route_handlers=[place, mine, order, tickets, settle], guards=[signed_in])
