"""Middleware in which requests meet the faults in force. Part of the application only where faults are enabled."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tixmaster.boxoffice.errors import DatabaseAwayError, InjectedFaultError
from tixmaster.boxoffice.faults import outside
from tixmaster.boxoffice.faults.switches import Switches
from tixmaster.boxoffice.office import office_of

EVERY_ROUTE: Final = "*"
SPARED: Final = ("/api/fault", "/api/crash", "/api/slow")


class FaultGate:
    """Delays, fails or holds requests to the API, as the switches say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through to the route, or not."""
        path, switches = scope["path"], office_of(scope).faults
        if scope["type"] != ScopeType.HTTP or not path.startswith("/api/") or path.startswith(SPARED):
            await self._app(scope, receive, send)
        elif not _meant(switches.hanging, scope["method"], path):
            await _meet(switches, scope["method"], path)
            await self._app(scope, receive, send)
        elif await _held_to_the_end(switches, receive):
            raise InjectedFaultError("This request was held by an injected fault", 503)


async def _meet(faults: Switches, method: str, path: str) -> None:
    if _meant(faults.broken, method, path):
        _price_of({})
    if _meant(faults.leaking, method, path):
        faults.strain.grow()
    if faults.payments_away and method == "PUT" and path.endswith("/payment"):
        await outside.pay_refused()
    if faults.latency_seconds:
        await faults.until_cleared(faults.latency_seconds)
    if faults.fails_by_chance():
        raise InjectedFaultError("A fault was injected", 500)
    if faults.dependency_away:
        raise DatabaseAwayError from ConnectionRefusedError("fault injected: the database counts as away")
    if faults.http_dependency_away:
        await outside.call_refused()
    if faults.names_fail:
        await outside.call_unknown()


def _meant(routes: frozenset[str], method: str, path: str) -> bool:
    """Whether a fault of these routes is this request's: POST on one of them, or anything where every route is meant."""
    return EVERY_ROUTE in routes or (method == "POST" and path.removeprefix("/api/").rstrip("/") in routes)


def _price_of(ticket: dict[str, int]) -> int:
    """A programmer's mistake, as a release may bring it: it takes for granted what is not there, and says so by itself."""
    return ticket["price_cents"] + ticket["service_fee_cents"]


async def _held_to_the_end(faults: Switches, receive: Receive) -> bool:
    """Holds a request. True when the fault was cleared, False when the caller hung up and wants no answer any more."""
    cleared = asyncio.ensure_future(faults.until_cleared())
    left = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((cleared, left), return_when=asyncio.FIRST_COMPLETED)
        return not left.done()
    finally:
        cleared.cancel()
        left.cancel()


async def _gone(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
