"""Simulated shoppers: they look at events, order tickets, pay for them or give them back, steadily, through the API."""

from __future__ import annotations

import asyncio
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import httpx

from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.said import said, system

SHOPPERS = 4
PATIENCE_SECONDS = 3.0
"""A shopper gives up on an answer after this."""
CONFLICT = 409
Headers = dict[str, str]
IDLE_SECONDS = 0.2
"""How often the pace is looked at again while it is nought."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Arrivals a second, and the share of orders that is paid at once; the others are given back."""

    visits: float = 15.0
    orders: float = 5.0
    paying: float = 0.5


class Traffic:
    """Shoppers on a thread of their own; `counts` says what they met: `visit ok`, `order 503`, `order no answer` …"""

    def __init__(self, config: Config, pace: Pace | None = None) -> None:
        self._config = config
        self.pace = pace or Pace()
        """May be changed while they shop."""
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._failure: Exception | None = None
        self.counts: Counter[str] = Counter()

    def start(self, seconds: float = 20.0) -> None:
        """Returns once the shoppers are logged in and on their way; raises `UnreachableError` where they cannot be."""
        self._thread.start()
        if not self._ready.wait(seconds) or self._failure:
            self.stop()
            raise UnreachableError(
                said(
                    "the shoppers could not begin at {url}: {why}. `tix status` says how the backend is.",
                    "模擬購票者無法於 {url} 開始：{why}。`tix status` 可查看後端狀態。",
                    url=self._config.url("backend"),
                    why=system(self._failure) if self._failure else said("no answer in time", "未及時回應"),
                )
            )

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS * 2)

    def wait(self, seconds: float) -> None:
        """Lets them shop for a while, or until somebody stops them."""
        self._stop.wait(seconds)

    def _run(self) -> None:
        try:
            asyncio.run(self._shop())
        except (httpx.HTTPError, KeyError, ValueError) as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _shop(self) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        async with httpx.AsyncClient(
            base_url=self._config.url("backend"), timeout=PATIENCE_SECONDS, limits=limits, trust_env=False
        ) as client:
            tokens = [await _new_shopper(client) for _ in range(SHOPPERS)]
            goods = await _largest_ticket_type(client)
            self._ready.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_pace(lambda pace: pace.visits, lambda: self._visit(client, goods)))
                group.create_task(
                    self._keep_pace(lambda pace: pace.orders, lambda: self._order(client, random.choice(tokens), goods))
                )

    async def _keep_pace(self, rate: Callable[[Pace], float], act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begins acts at the rate of the pace (a second), whether or not the earlier ones have ended."""
        loop = asyncio.get_running_loop()
        under_way: set[asyncio.Task[None]] = set()
        due = loop.time()
        while not self._stop.is_set():
            if (now := rate(self.pace)) > 0:
                task = loop.create_task(act())
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            due = max(due + (1 / now if now > 0 else IDLE_SECONDS), loop.time())
            await asyncio.sleep(due - loop.time())
        await asyncio.gather(*under_way)

    async def _visit(self, client: httpx.AsyncClient, goods: dict[str, Any]) -> None:
        path = random.choice(("/api/events", "/api/events", f"/api/events/{goods['eventId']}"))
        await self._count("visit", client.get(path))

    async def _order(self, client: httpx.AsyncClient, token: str, goods: dict[str, Any]) -> None:
        order = {**goods, "quantity": random.randint(1, 2), "paymentMethod": "credit_card"}
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._count("order", client.post("/api/orders", json=order, headers=headers))
        if answer is not None and answer.is_success:
            number = answer.json()["order"]["order_number"]
            if random.random() >= self.pace.paying or not await self._settle(
                "payment", client, number, "paid", headers
            ):
                await self._settle("return", client, number, "cancelled", headers)
        elif answer is not None and answer.status_code == CONFLICT:
            await self._give_back_all(client, headers)

    async def _settle(self, what: str, client: httpx.AsyncClient, number: str, status: str, headers: Headers) -> bool:
        """Pay for an order, or give it back; whether that worked."""
        asked = client.put(f"/api/orders/{number}/payment", json={"status": status}, headers=headers)
        answer = await self._count(what, asked)
        return answer is not None and answer.is_success

    async def _give_back_all(self, client: httpx.AsyncClient, headers: Headers) -> None:
        """The shopper has as many unpaid orders as one buyer may have: what an outage kept from being given back."""
        listed = await self._count("visit", client.get("/api/orders/user/me", headers=headers))
        if listed is not None and listed.is_success:
            for order in listed.json()["orders"]:
                if order["status"] in ("hold", "pending"):
                    await self._settle("return", client, order["order_number"], "cancelled", headers)

    async def _count(self, what: str, request: Coroutine[Any, Any, httpx.Response]) -> httpx.Response | None:
        try:
            answer = await request
        except httpx.TransportError:
            self.counts[f"{what} no answer"] += 1
            return None
        self.counts[f"{what} {'ok' if answer.is_success else answer.status_code}"] += 1
        return answer


async def _new_shopper(client: httpx.AsyncClient) -> str:
    """Registers a shopper and logs in; the token."""
    person = {
        "email": f"shopper-{secrets.token_hex(8)}@tixmaster.invalid",
        "password": secrets.token_urlsafe(16),
        "name": "Simulated shopper",
        "phone": "0900000000",
    }
    (await client.post("/api/users/register", json=person)).raise_for_status()
    answer = await client.post("/api/users/login", json={"email": person["email"], "password": person["password"]})
    token: str = answer.raise_for_status().json()["token"]
    return token


async def _largest_ticket_type(client: httpx.AsyncClient) -> dict[str, Any]:
    """What to buy: the ticket type with the most seats left, so that it does not sell out."""
    best: tuple[int, dict[str, Any]] | None = None
    for event in (await client.get("/api/events")).raise_for_status().json()["events"]:
        answer = await client.get(f"/api/events/{event['id']}/tickets")
        for ticket in answer.raise_for_status().json()["tickets"]:
            offer = (ticket["available_quantity"], {"eventId": event["id"], "ticketId": ticket["id"]})
            best = max(best, offer, key=lambda item: item[0]) if best else offer
    if best is None or best[0] <= 0:
        raise ValueError("no tickets are on sale")
    return best[1]
