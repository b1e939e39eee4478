"""A box office without server and jobs, driven step by step from synchronous tests; and what these ask its database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import asyncpg
import httpx
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry
from standardwebhooks import Webhook

from tixmaster.boxoffice.errors import DatabaseAwayError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.open import open_office
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.users.passwords import Passwords

T = TypeVar("T")

EMPTY: Final = """
TRUNCATE tickets, payments, simulated_charges, payment_notices, order_history, orders, ticket_types, events CASCADE
"""
ON_SALE: Final = """
WITH e AS (
    INSERT INTO events (title, event_date, status) VALUES ('Show', now() + interval '30 days', 'published') RETURNING id)
INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity, max_per_buyer)
SELECT id, 'Seat', $1, $2, $2, $3 FROM e RETURNING id, event_id
"""
BOOKS: Final = """
SELECT o.id, o.status, o.total_cents,
       ARRAY(SELECT t.status FROM tickets t WHERE t.order_id = o.id) AS tickets,
       ARRAY(SELECT h.was FROM order_history h WHERE h.order_id = o.id ORDER BY h.at) AS was,
       ARRAY(SELECT h.became FROM order_history h WHERE h.order_id = o.id ORDER BY h.at) AS became,
       ARRAY(SELECT p.id::text || ' ' || p.status FROM payments p WHERE p.order_id = o.id) AS payments,
       (SELECT coalesce(sum(p.amount_cents), 0) FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded') AS money
FROM orders o ORDER BY o.id
"""
FORCE: Final = """
UPDATE orders SET status = $2,
    paid_at = CASE WHEN $2 IN ('paid', 'refunded') THEN now() END,
    cancelled_at = CASE WHEN $2 = 'cancelled' THEN now() END,
    refunded_at = CASE WHEN $2 = 'refunded' THEN now() END
WHERE id = $1
"""


@dataclass(frozen=True)
class Ground:
    """A box office, a connection of our own to its database, three buyers, and the loop that all of it runs on."""

    runner: asyncio.Runner
    office: Office
    connection: asyncpg.Connection
    buyers: list[Caller]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def sql(self, statement: str, *values: object) -> list[Any]:
        return self.run(self.connection.fetch(statement, *values))


async def open_ground(stack: AsyncExitStack, runner: asyncio.Runner, settings: Settings) -> Ground:
    """What is opened is closed with `stack`."""
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    stack.callback(passwords.close)
    client = httpx.AsyncClient()
    metrics = BoxOfficeMetrics(CollectorRegistry())
    office = await stack.enter_async_context(open_office(settings, passwords, metrics, client))
    while not await _answers(office):  # noqa: ASYNC110 - the office tells nobody when the database has come
        await asyncio.sleep(0.01)
    connection = await asyncpg.connect(settings.database_url)
    stack.push_async_callback(connection.close)
    rows = await connection.fetch(
        "INSERT INTO users (email, password_hash, name) "
        "SELECT i || '@example.org', '', 'Buyer' FROM generate_series(1, 3) i RETURNING id, email"
    )
    buyers = [Caller(user_id=row["id"], email=row["email"], role="user") for row in rows]
    return Ground(runner, office, connection, buyers)


async def _answers(office: Office) -> bool:
    try:
        await office.database.answers(1)
    except DatabaseAwayError:
        return False
    return True


def signed(payment: UUID, outcome: str, cents: int) -> tuple[dict[str, str], bytes]:
    """A webhook of the simulator's, headers and body."""
    name, now = str(uuid4()), datetime.now(UTC)
    said = json.dumps({"payment": str(payment), "outcome": outcome, "amount_cents": cents})
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(b"w" * 32).sign(name, now, said),
    }
    return headers, said.encode()
