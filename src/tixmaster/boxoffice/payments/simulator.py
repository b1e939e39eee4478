"""The built-in payment provider: no money, but everything else. Charges stand in a book of its own; its webhooks are signed
(Standard Webhooks 1.0), come as late as asked for, and are sent again until they are taken, also after a restart.

A payment method that begins with `fail` is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import NotFoundError, ProviderError, SignatureError
from tixmaster.boxoffice.payments.provider import Notice, Outcome, Payment, Result, Started

NAME: Final = "simulator"
PATH: Final = f"/api/payments/webhooks/{NAME}"
REFUSED: Final = "fail"
WHY: Final = "The simulated card was declined"
DELIVERY_SECONDS: Final = 5.0
LATER: Final = timedelta(seconds=5)
"""When the webhook comes about a charge that `confirm` has told of already: only a process that died needs it."""

_DUE = statement(__package__, "simulator_due")


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook of the simulator says."""

    payment: UUID
    outcome: Outcome
    amount_cents: int


class Simulator:
    """The provider, and the delivery of its webhooks. `client` reaches the box office itself."""

    name = NAME

    def __init__(self, database: Database, secret: bytes, client: httpx.AsyncClient) -> None:
        self._database = database
        self._webhook = Webhook(secret)
        self._client = client

    async def start(self, payment: Payment) -> Started:
        """Opens a charge that waits for its payer."""
        reference = f"sim_{payment.id.hex}"
        await self._database.row(
            "INSERT INTO simulated_charges (reference, payment_id, amount_cents) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            reference,
            payment.id,
            payment.amount_cents,
        )
        return Started(reference=reference, client={"pay": f"/api/payments/simulator/{reference}"})

    async def pay(self, reference: str, outcome: Outcome, delay_seconds: float) -> None:
        """The payer decides; the box office hears of it by webhook. Raises `NotFoundError`; a decision stands."""
        row = await self._database.row(
            "UPDATE simulated_charges SET outcome = CASE outcome WHEN 'open' THEN $2 ELSE outcome END, "
            "due_at = coalesce(due_at, now() + make_interval(secs => $3)) WHERE reference = $1 RETURNING outcome",
            reference,
            outcome.value,
            delay_seconds,
        )
        if row is None:
            raise NotFoundError("There is no such simulated charge")

    async def confirm(self, payment: Payment) -> Result:
        """Charges at once where the payer has not decided: this is how the contract's payment endpoint pays. The webhook
        comes all the same, for who asked may not live to hear the answer."""
        wish = Outcome.FAILED if payment.method.startswith(REFUSED) else Outcome.SUCCEEDED
        row = await self._database.row(
            "UPDATE simulated_charges SET outcome = CASE outcome WHEN 'open' THEN $2 ELSE outcome END, "
            "due_at = coalesce(due_at, now() + $3) WHERE payment_id = $1 RETURNING outcome",
            payment.id,
            wish.value,
            LATER,
        )
        outcome = Outcome(row["outcome"]) if row else Outcome.OPEN
        return Result(outcome=outcome, failure=WHY if outcome is Outcome.FAILED else "")

    async def refund(self, payment: Payment) -> None:
        """Marks the charge as given back; raises `ProviderError` where nothing was charged."""
        row = await self._database.row(
            "UPDATE simulated_charges SET refunded = true WHERE payment_id = $1 AND outcome = 'succeeded' RETURNING 1",
            payment.id,
        )
        if row is None:
            raise ProviderError(NAME) from LookupError(f"nothing was charged for payment {payment.id}")

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The webhook, if we signed it within the last five minutes."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
            said = msgspec.json.decode(body, type=_Body)
        except (WebhookVerificationError, ValueError, msgspec.MsgspecError) as error:
            raise SignatureError("The webhook is not signed by the simulator, or is too old") from error
        return Notice(
            id=headers["webhook-id"],
            payment=said.payment,
            outcome=said.outcome,
            amount_cents=said.amount_cents,
            failure=WHY if said.outcome is Outcome.FAILED else "",
        )

    async def deliver_due(self) -> None:
        """Sends the webhooks whose time has come. One that is not taken comes again, later each time."""
        for row in await self._database.rows(_DUE):
            if await self._deliver(row):
                await self._database.row(
                    "UPDATE simulated_charges SET delivered_at = now() WHERE reference = $1", row["reference"]
                )

    async def close(self) -> None:
        """Closes the client."""
        await self._client.aclose()

    async def _deliver(self, row: Any) -> bool:
        said = {"payment": str(row["payment_id"]), "outcome": row["outcome"], "amount_cents": row["amount_cents"]}
        body, now = json.dumps(said), datetime.now(UTC)
        headers = {
            "webhook-id": row["reference"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(row["reference"], now, body),
            "content-type": "application/json",
        }
        try:
            answer = await self._client.post(PATH, content=body, headers=headers, timeout=DELIVERY_SECONDS)
        except httpx.TransportError:
            return False
        return answer.is_success
