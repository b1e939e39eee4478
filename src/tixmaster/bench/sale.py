"""The sale that is measured: one ticket type that everybody wants, those who want it, and the count afterwards."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import token_urlsafe

import asyncpg
import httpx

from tixmaster.bench.errors import BenchError
from tixmaster.bench.wrk import Request
from tixmaster.stack import postgres
from tixmaster.stack.config import Config

SEATS = 100_000_000
BUYERS = 16
AT_ONCE = 2
"""The backend hashes so many passwords at a time."""
ANSWER_SECONDS = 10.0
_OFFER = """
    WITH event AS (
        INSERT INTO events (title, event_date, status) VALUES ('The sale', now() + interval '30 days', 'published')
        RETURNING id
    )
    INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity)
    SELECT id, 'Seat', 250000, $1::integer, $1::integer FROM event
    RETURNING id AS ticket_id, event_id
"""
_COUNT = """
    SELECT t.total_quantity AS seats,
           t.available_quantity AS stock,
           count(o.id) AS orders,
           coalesce(sum(o.quantity) FILTER (WHERE o.status = 'pending'), 0)::bigint AS held,
           coalesce(sum(o.quantity) FILTER (WHERE o.status = 'paid'), 0)::bigint AS sold
    FROM ticket_types t
    LEFT JOIN orders o ON o.ticket_id = t.id
    WHERE t.id = $1
    GROUP BY t.id
"""


@dataclass(frozen=True, kw_only=True)
class Goods:
    """The ticket type in demand."""

    event_id: int
    ticket_id: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """What the database says of it: orders, and seats in stock, held by orders that wait for payment, and paid."""

    seats: int
    stock: int
    orders: int
    held: int
    sold: int

    def exactly(self, acknowledged: int) -> bool:
        """Whether each acknowledged order is there and no other, and no seat was made or lost."""
        return self.orders == acknowledged and self.stock + self.held + self.sold == self.seats


async def put_on_sale(config: Config) -> Goods:
    """A published event with more seats than can be sold."""
    return Goods(**await _row(config, _OFFER, SEATS))


async def count(config: Config, goods: Goods) -> Count:
    """Counted in the database itself, past the box office."""
    return Count(**await _row(config, _COUNT, goods.ticket_id))


def order(goods: Goods, tokens: tuple[str, ...]) -> Request:
    """One seat, please."""
    wish = {"eventId": goods.event_id, "ticketId": goods.ticket_id, "quantity": 1, "paymentMethod": "credit_card"}
    return Request(method="POST", path="/api/orders", right=201, body=json.dumps(wish), tokens=tokens)


def register_buyers(url: str) -> tuple[str, ...]:
    """Opens the accounts and logs in, as people do; their tokens. Raises `BenchError`."""
    try:
        with (
            httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False) as client,
            ThreadPoolExecutor(AT_ONCE) as people,
        ):
            return tuple(people.map(lambda number: _register(client, number), range(BUYERS)))
    except (httpx.HTTPError, KeyError) as error:
        raise BenchError(f"no buyer could be registered at {url}: {error!r}") from error


def _register(client: httpx.Client, number: int) -> str:
    credentials = {"email": f"buyer-{number}@tixmaster.invalid", "password": token_urlsafe(16)}
    person = {**credentials, "name": f"Buyer {number}", "phone": "0900000000"}
    client.post("/api/users/register", json=person).raise_for_status()
    return str(client.post("/api/users/login", json=credentials).raise_for_status().json()["token"])


async def _row(config: Config, statement: str, *values: object) -> dict[str, int]:
    connection = await asyncpg.connect(postgres.database_url(config, "boxoffice"))
    try:
        return dict(await connection.fetchrow(statement, *values))
    finally:
        await connection.close()
