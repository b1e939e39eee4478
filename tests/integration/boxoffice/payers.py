"""Buyers of scarce seats who pay at about the moment when the seats go back to the others, and what the books must say."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import httpx
from standardwebhooks import Webhook
from tests.integration.boxoffice.crowd import PAUSE_SECONDS, Buyer, Line

SETTLED_SECONDS: Final = 20.0
DECLINED: Final = 0.1
"""The share of payments that fail."""

_UNSETTLED: Final = """
SELECT (SELECT count(*) FROM orders WHERE status IN ('hold', 'pending'))
     + (SELECT count(*) FROM simulated_charges WHERE outcome <> 'open' AND delivered_at IS NULL)
     + (SELECT count(*) FROM payments WHERE status = 'refund_due')
"""
_BOOKS: Final = """
SELECT o.status AS order, o.total_cents, o.expires_at, p.status AS payment, p.amount_cents, p.settled_at,
       c.reference, c.payment_id,
       -- Without a charge the server died between opening the payment and the provider's answer: nobody could decide.
       coalesce(c.outcome, 'open') AS outcome, coalesce(c.refunded, false) AS refunded,
       (SELECT count(*) FROM payment_notices WHERE notice_id = c.reference) AS notices,
       (SELECT count(*) FROM order_history h WHERE h.order_id = o.id AND h.became = 'paid') AS times_paid,
       (SELECT count(*) FROM tickets t WHERE t.order_id = o.id AND t.status = 'valid') AS valid_tickets
FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN simulated_charges c ON c.payment_id = p.id
ORDER BY p.created_at
"""


class Payers:
    """Everybody wants one seat, begins to pay and decides; the webhook comes up to twice the hold later."""

    def __init__(self, port: int, ticket: dict[str, Any], hold_seconds: float) -> None:
        self.decisions = 0
        self._port = port
        self._wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1}
        self._hold = hold_seconds
        self._some_have_decided = asyncio.Event()

    async def come(self, people: list[Buyer], patience: float) -> None:
        """All at once; who has no seat after `patience` seconds goes home."""
        async with asyncio.TaskGroup() as group:
            for seed, buyer in enumerate(people):
                group.create_task(self._one(buyer, random.Random(seed), patience))

    async def have_decided(self) -> None:
        """Returns when there are some webhooks on their way."""
        await self._some_have_decided.wait()

    async def _one(self, buyer: Buyer, chance: random.Random, patience: float) -> None:
        line = Line(self._port)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._get_a_seat(line, buyer)
            if buyer.status == 201:
                await self._pay(line, buyer, chance)
        finally:
            line.close()

    async def _get_a_seat(self, line: Line, buyer: Buyer) -> None:
        while buyer.status != 201:
            await asyncio.sleep(PAUSE_SECONDS if buyer.status else 0)  # seats come back when holds end
            buyer.status, buyer.body = await _until_heard(line, buyer, "/api/orders", self._wish, "seat")
            assert buyer.status == 201 or buyer.refused, (buyer.status, buyer.body)

    async def _pay(self, line: Line, buyer: Buyer, chance: random.Random) -> None:
        status, body = await _until_heard(line, buyer, f"/api/orders/{buyer.number}/payments", {})
        if status == 409:  # the hold is over already
            return
        assert status == 201, (status, body)
        outcome = "failed" if chance.random() < DECLINED else "succeeded"
        decision = {"outcome": outcome, "delaySeconds": chance.uniform(0, 2 * self._hold)}
        status, body = await _until_heard(line, buyer, body["payment"]["client"]["pay"], decision)
        assert status == 202, (status, body)
        self.decisions += 1
        if self.decisions >= 10:
            self._some_have_decided.set()


async def _until_heard(line: Line, buyer: Buyer, path: str, body: object, key: str = "") -> tuple[int, dict[str, Any]]:
    while True:
        with suppress(OSError, EOFError):
            status, answer = await line.ask("POST", path, buyer.token, body, key)
            if status != 503:
                return status, answer
        await asyncio.sleep(PAUSE_SECONDS)


async def books(url: str) -> list[Any]:
    """Every payment with its order and charge, as soon as nothing is under way any more."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(SETTLED_SECONDS):
            while await connection.fetchval(_UNSETTLED):  # noqa: ASYNC110 - the box office tells us nothing by itself
                await asyncio.sleep(PAUSE_SECONDS)
        return list(await connection.fetch(_BOOKS))
    finally:
        await connection.close()


def send_again(client: httpx.Client, secret: str, row: Any) -> dict[str, Any]:
    """The answer to a webhook that comes a second time."""
    now = datetime.now(UTC)
    said = {"payment": str(row["payment_id"]), "outcome": row["outcome"], "amount_cents": row["amount_cents"]}
    headers = {
        "webhook-id": row["reference"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret.encode()).sign(row["reference"], now, json.dumps(said)),
    }
    answer = client.post("/api/payments/webhooks/simulator", content=json.dumps(said), headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
