"""Thousands of buyers at once, each of whom wants one seat and asks until there is a final answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from tixmaster.boxoffice.identity import Tokens
from tixmaster.boxoffice.users.model import User

PATIENCE_SECONDS: Final = 40.0
"""After that a buyer without a final answer is a failure of the test."""
PAUSE_SECONDS: Final = 0.05
"""Before a buyer asks again who was told to, or could not be heard."""
SOLD_OUT: Final = (400, "Not enough tickets available")


@dataclass(slots=True)
class Buyer:
    """Somebody with an account, and what they were told at last."""

    id: UUID
    token: str
    gives_up: bool = False
    """Whether they do not ask again after a lost connection."""
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str | None:
        """The number of the order that was promised."""
        return self.body["order"]["order_number"] if self.status == 201 else None

    @property
    def refused(self) -> bool:
        """Whether they were told that the seats are gone."""
        return (self.status, self.body.get("error")) == SOLD_OUT


async def buyers(url: str, count: int, jwt_secret: str) -> list[Buyer]:
    """New accounts, without the cost of a password each."""
    tokens, now = Tokens(jwt_secret), datetime.now(UTC)
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "INSERT INTO users (email, password_hash, name) "
        "SELECT gen_random_uuid() || '@example.org', '', 'Buyer' FROM generate_series(1, $1) RETURNING id, email",
        count,
    )
    await connection.close()
    known = [User(id=row["id"], email=row["email"], name="", phone=None, role="user", created_at=now) for row in rows]
    return [Buyer(id=user.id, token=tokens.sign(user)) for user in known]


class Line:
    """One kept-alive connection that is opened again when it breaks. Raises `OSError` or `EOFError` when it does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, token: str, body: object, key: str = "") -> tuple[int, dict[str, Any]]:
        """Status and JSON of one request."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        content = json.dumps(body)
        named = f"Idempotency-Key: {key}\r\n" if key else ""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: tixmaster.test\r\nAuthorization: Bearer {token}\r\n{named}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode()
        )
        try:
            return await self._answer(self._reader)
        except (OSError, EOFError):
            self.close()
            raise

    def close(self) -> None:
        """Hangs up."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head[9:12]), json.loads(await reader.readexactly(length))


class Crowd:
    """Buyers of one ticket type, who come over a number of connections to one or several servers."""

    def __init__(self, ticket: dict[str, Any], people: Sequence[Buyer]) -> None:
        self.people = people
        self.first_refusal = float("inf")
        self.sold = 0
        self._wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1}
        self._waiting = deque(people)
        self._marks: list[tuple[int, asyncio.Event]] = []

    async def rush(self, *ports: int, connections: int = 500) -> None:
        """All of them; returns when each has a final answer, or has given up."""
        lines = [Line(ports[place % len(ports)]) for place in range(connections)]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
                for line in lines:
                    group.create_task(self._serve_over(line))
        finally:
            for line in lines:
                line.close()

    async def has_bought(self, seats: int) -> None:
        """Returns as soon as so many were told that they have a seat."""
        mark = asyncio.Event()
        self._marks.append((seats, mark))
        if self.sold < seats:
            await mark.wait()

    async def _serve_over(self, line: Line) -> None:
        while self._waiting:
            await self._buy(self._waiting.popleft(), line)

    async def _buy(self, buyer: Buyer, line: Line) -> None:
        while True:
            try:
                buyer.status, buyer.body = await line.ask(
                    "POST", "/api/orders", buyer.token, self._wish, key=f"order-{buyer.id}"
                )
            except (OSError, EOFError):
                if buyer.gives_up:
                    return
            if buyer.status not in (0, 503):
                self._note(buyer)
                return
            await asyncio.sleep(PAUSE_SECONDS)

    def _note(self, buyer: Buyer) -> None:
        if buyer.refused:
            self.first_refusal = min(self.first_refusal, time.time())
        self.sold += buyer.status == 201
        for seats, mark in self._marks:
            if self.sold >= seats:
                mark.set()
