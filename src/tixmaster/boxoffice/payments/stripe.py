"""Stripe, by its own library: PaymentIntents, refunds, signed webhooks (https://docs.stripe.com/api).

Needs the secret key and the signing secret of a webhook endpoint that points at /api/payments/webhooks/stripe and sends
`payment_intent.succeeded` and `payment_intent.payment_failed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
import stripe

from tixmaster.boxoffice.errors import ProviderError, SignatureError
from tixmaster.boxoffice.payments.provider import Notice, Outcome, Payment, Result, Started

NAME: Final = "stripe"
TIME_LIMIT_SECONDS: Final = 10.0
RETRIES: Final = 2
"""By the library, with the same idempotency key."""
PAYMENT_ID: Final = "tixmaster_payment"
"""Under this key of the intent's metadata stands our id of the payment; webhooks bring it back."""
_OUTCOMES: Final = {"payment_intent.succeeded": Outcome.SUCCEEDED, "payment_intent.payment_failed": Outcome.FAILED}


class _Intent(msgspec.Struct, frozen=True):
    """What we read of a PaymentIntent."""

    id: str | None = None
    amount_received: int = 0
    metadata: dict[str, str] = {}
    last_payment_error: dict[str, Any] | None = None


class _Data(msgspec.Struct, frozen=True):
    object: msgspec.Raw


class _Event(msgspec.Struct, frozen=True):
    """What we read of any event."""

    id: str
    type: str
    data: _Data


class Stripe:
    """The provider. `address` replaces https://api.stripe.com, for tests of the contract."""

    name = NAME

    def __init__(
        self, *, key: str, webhook_secret: str, currency: str, address: str = "https://api.stripe.com"
    ) -> None:
        self._currency = currency
        self._webhook_secret = webhook_secret
        self._http = stripe.HTTPXClient(timeout=TIME_LIMIT_SECONDS)
        self._client = stripe.StripeClient(
            key, http_client=self._http, max_network_retries=RETRIES, base_addresses={"api": address}
        )

    async def start(self, payment: Payment) -> Started:
        """Creates the PaymentIntent; its client secret is what Stripe's page element needs."""
        try:
            intent = await self._client.v1.payment_intents.create_async(
                {
                    "amount": payment.amount_cents,
                    "currency": self._currency,
                    "automatic_payment_methods": {"enabled": True},
                    "metadata": {PAYMENT_ID: str(payment.id), "order": payment.order_number},
                },
                {"idempotency_key": f"payment-{payment.id}"},
            )
        except stripe.StripeError as error:
            raise ProviderError(NAME) from error
        return Started(reference=intent.id, client={"client_secret": intent.client_secret or ""})

    async def confirm(self, payment: Payment) -> Result:
        """Looks the PaymentIntent up."""
        try:
            intent = await self._client.v1.payment_intents.retrieve_async(_reference(payment))
        except stripe.StripeError as error:
            raise ProviderError(NAME) from error
        if intent.status == "succeeded":
            return Result(outcome=Outcome.SUCCEEDED)
        trouble = intent.last_payment_error
        if intent.status == "canceled" or (intent.status == "requires_payment_method" and trouble is not None):
            return Result(outcome=Outcome.FAILED, failure=(trouble and trouble.message) or "it was cancelled")
        return Result(outcome=Outcome.OPEN)

    async def refund(self, payment: Payment) -> None:
        """Refunds the whole PaymentIntent, once however often it is asked."""
        try:
            await self._client.v1.refunds.create_async(
                {"payment_intent": _reference(payment)}, {"idempotency_key": f"refund-{payment.id}"}
            )
        except stripe.StripeError as error:
            if error.code != "charge_already_refunded":
                raise ProviderError(NAME) from error

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Any event of Stripe's; those that are not about a payment of ours say nothing."""
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(),
                headers.get("stripe-signature", ""),
                self._webhook_secret,
                stripe.Webhook.DEFAULT_TOLERANCE,
            )
            event = msgspec.json.decode(body, type=_Event)
            outcome = _OUTCOMES.get(event.type)
            intent = msgspec.json.decode(event.data.object, type=_Intent) if outcome else _Intent()
            ours = intent.metadata.get(PAYMENT_ID)
            payment = UUID(ours) if ours else None
        except (stripe.SignatureVerificationError, ValueError, msgspec.MsgspecError) as error:
            raise SignatureError("The webhook is not signed by Stripe, or is too old") from error
        why: str | None = (intent.last_payment_error or {}).get("message")
        amount = intent.amount_received if outcome is Outcome.SUCCEEDED else None
        return Notice(
            id=event.id,
            payment=payment,
            outcome=outcome or Outcome.OPEN,
            reference=intent.id,
            amount_cents=amount,
            failure=why or "",
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _reference(payment: Payment) -> str:
    if payment.reference is None:
        raise ProviderError(NAME) from LookupError(f"payment {payment.id} never reached Stripe")
    return payment.reference
