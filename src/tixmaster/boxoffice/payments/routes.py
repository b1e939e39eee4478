"""/api/orders/…/payments, and where providers tell how a payment ended."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from tixmaster.boxoffice import money, text
from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.identity import SignedIn, signed_in
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.orders import settle
from tixmaster.boxoffice.orders.model import PaymentMethod
from tixmaster.boxoffice.payments.provider import Outcome
from tixmaster.boxoffice.payments.simulator import Simulator


class PaymentWish(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """How somebody wants to pay."""

    payment_method: PaymentMethod = "credit_card"

    def __post_init__(self) -> None:
        text.check(self.payment_method, "paymentMethod")


class OpenPayment(msgspec.Struct, kw_only=True, frozen=True):
    """A payment that waits for its payer. `client` is for the provider's part of the page; `amount` is decimal text."""

    id: str
    provider: str
    reference: str
    amount: str
    client: dict[str, str]


class Decision(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What a simulated payer does, and how long the webhook about it takes."""

    outcome: Literal["succeeded", "failed"] = "succeeded"
    delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0


@post("/orders/{number:str}/payments", guards=[signed_in])
async def begin(
    number: FromPath[str], data: JSONBody[PaymentWish], request: SignedIn, office: OfficeHere
) -> dict[str, str | OpenPayment]:
    """Opens a payment for one of the caller's orders."""
    await settle.find(office, request.user, number)
    payment, started = await office.desk.begin(request.user, number, data.payment_method)
    opened = OpenPayment(
        id=str(payment.id),
        provider=office.desk.provider.name,
        reference=started.reference,
        amount=money.text(payment.amount_cents),
        client=started.client,
    )
    return {"message": "Payment opened", "payment": opened}


@post("/payments/webhooks/{provider:str}", status_code=HTTP_200_OK)
async def webhook(provider: FromPath[str], request: Request[Any, Any, Any], office: OfficeHere) -> dict[str, bool]:
    """A provider tells how a payment ended; its signature says that it is the provider."""
    if provider != office.desk.provider.name:
        raise NotFoundError("This payment provider is not in use")
    fresh = await office.desk.take_notice(request.headers, await request.body())
    return {"received": True, "duplicate": not fresh}


@post("/payments/simulator/{reference:str}", status_code=HTTP_202_ACCEPTED, guards=[signed_in])
async def simulate(reference: FromPath[str], data: JSONBody[Decision], office: OfficeHere) -> dict[str, str]:
    """What the page of a real provider would do: pay, or fail to. The box office hears of it by webhook."""
    simulator = office.desk.provider
    if not isinstance(simulator, Simulator):
        raise NotFoundError("There is no simulator here: payments are real")
    await simulator.pay(reference, Outcome(data.outcome), data.delay_seconds)
    return {"message": "The webhook is on its way"}


router = Router("/api", route_handlers=[begin, webhook, simulate])
