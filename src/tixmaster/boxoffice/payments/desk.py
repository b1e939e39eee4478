"""Paying for an order: open a payment at the provider, hear how it ended, give back what cannot be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import ConflictError, NotFoundError, PaymentFailedError, ProviderError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.payments import queries
from tixmaster.boxoffice.payments.provider import Outcome, Payment, Provider, Started
from tixmaster.boxoffice.payments.queries import Settled
from tixmaster.telemetry.logs import describe

LOUD_AFTER: Final = 5
"""A refund that failed so often is an error for somebody to look at; it is tried on all the same."""

_log = structlog.stdlib.get_logger()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The place to pay. `take_late` is the policy for money that comes after the seats went back to the others: sell them
    again to whoever paid if there still are any (True), or give the money back in any case (False)."""

    database: Database
    metrics: BoxOfficeMetrics
    provider: Provider
    take_late: bool

    async def begin(self, caller: Caller, number: str, method: str) -> tuple[Payment, Started]:
        """Opens a payment at the provider; again, it is the same one. Raises `ConflictError`, `ProviderError`."""
        payment = await self._open(caller, number, method)
        if payment.amount_cents == 0:
            raise ConflictError("This order costs nothing: there is no payment to open, only to have it settled")
        return await self._start(payment)

    async def pay_now(self, caller: Caller, number: str, method: str) -> None:
        """Asks the provider whether the order is paid, and settles it if so. Raises what is in the way.

        What costs nothing is settled without asking: no provider opens a payment of nothing.
        """
        payment = await self._open(caller, number, method)
        if payment.amount_cents > 0:
            payment, _ = await self._start(payment)
            await self._confirm(payment, caller)
        settled = await queries.succeeded(self.database, payment.id, take_late=self.take_late)
        self._count(settled, payment, caller)
        if settled is Settled.REFUND_DUE:
            raise ConflictError("The payment came too late for these seats; the money goes back").because(
                "paid_too_late"
            )

    async def take_notice(self, headers: Mapping[str, str], body: bytes) -> bool:
        """A webhook; False when it was taken before. Raises `SignatureError`."""
        notice = self.provider.read(headers, body)
        if notice.payment is None:
            return True
        payment = await queries.find(self.database, notice.payment)
        if payment is None:
            raise NotFoundError("There is no such payment")
        if notice.amount_cents not in (None, payment.amount_cents) and notice.outcome is Outcome.SUCCEEDED:
            _log.error("amount differs", payment=payment.id, due=payment.amount_cents, paid=notice.amount_cents)
            raise ConflictError("The amount is not the one that is due")
        if payment.reference is None and notice.reference is not None:
            # The provider's answer to our opening it was lost; without this nobody could give the money back.
            await queries.note_reference(self.database, payment.id, notice.reference)
        became = await queries.take_notice(self.database, self.provider.name, notice, take_late=self.take_late)
        if became is not None:
            self._count(became, payment)
        return became is not None

    async def give_back_due(self) -> None:
        """Carries out the refunds whose time has come, until there are none; one that fails comes again later."""
        while refunds := await queries.lease_refunds(self.database):
            await asyncio.gather(*map(self._give_back, refunds))

    async def _give_back(self, refund: queries.Refund) -> None:
        if refund.provider != self.provider.name:
            _log.error("refund needs the provider that is no longer set", **_about(refund))
            return
        try:
            if refund.payment.amount_cents > 0:
                await self.provider.refund(refund.payment)
        except ProviderError as error:
            say = _log.error if refund.attempts >= LOUD_AFTER else _log.warning
            say("refund failed, it will be tried again", error=describe(error), **_about(refund))
            self.metrics.payments.labels(self.provider.name, "refund_failed").inc()
        else:
            await queries.note_refunded(self.database, refund.payment.id)
            self.metrics.payments.labels(self.provider.name, "refunded").inc()
            self.metrics.count_money("given_back", refund.payment.amount_cents)

    async def _open(self, caller: Caller, number: str, method: str) -> Payment:
        payment = await queries.open_payment(self.database, caller, number, self.provider.name, method)
        if payment is None:
            raise ConflictError("The order cannot be paid: it is settled, or its time is over")
        return payment

    async def _start(self, payment: Payment) -> tuple[Payment, Started]:
        started = await self.provider.start(payment)
        if payment.reference != started.reference:
            await queries.note_reference(self.database, payment.id, started.reference)
        return replace(payment, reference=started.reference), started

    async def _confirm(self, payment: Payment, caller: Caller) -> None:
        result = await self.provider.confirm(payment)
        if result.outcome is Outcome.FAILED:
            self._count(await queries.failed(self.database, payment.id, result.failure), payment, caller)
            raise PaymentFailedError(f"The payment failed: {result.failure}")
        if result.outcome is Outcome.OPEN:
            raise ConflictError("The payment has not arrived yet").because("payment_open")

    def _count(self, became: Settled, payment: Payment, caller: Caller | None = None) -> None:
        if became in (Settled.PAID, Settled.FAILED, Settled.REFUND_DUE) and not (caller and caller.is_probe):
            outcome = {"paid": "succeeded", "failed": "failed", "refund_due": "late"}[became]
            self.metrics.payments.labels(self.provider.name, outcome).inc()
            if became is not Settled.FAILED:
                self.metrics.count_money("received", payment.amount_cents)


def _about(refund: queries.Refund) -> dict[str, object]:
    return {"payment": refund.payment.id, "order": refund.payment.order_number, "attempts": refund.attempts,
            "provider": refund.provider}  # fmt: skip
