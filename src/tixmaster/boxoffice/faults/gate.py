"""Middleware in which requests meet the faults in force. Part of the application only where faults are enabled."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tixmaster.boxoffice.errors import DatabaseAwayError, InjectedFaultError
from tixmaster.boxoffice.faults.switches import Switches

EVERY_ROUTE: Final = "*"
SPARED: Final = ("/api/fault", "/api/crash", "/api/slow")


class FaultGate:
    """Delays, fails or holds requests to the API, as the switches say."""

    def __init__(self, app: ASGIApp, switches: Switches) -> None:
        self._app = app
        self._switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through to the route, or not."""
        path = scope["path"]
        if scope["type"] == ScopeType.HTTP and path.startswith("/api/") and not path.startswith(SPARED):
            await self._meet(scope["method"], path, receive)
            if self._switches.dependency_away:
                raise DatabaseAwayError from ConnectionRefusedError("fault injected: the database counts as away")
        await self._app(scope, receive, send)

    async def _meet(self, method: str, path: str, receive: Receive) -> None:
        faults = self._switches
        if faults.hanging and self._hangs(method, path):
            await _hold(faults, receive)
            raise InjectedFaultError("This request was held by an injected fault", 503)
        if faults.latency_seconds:
            await faults.until_cleared(faults.latency_seconds)
        if faults.fails_by_chance():
            raise InjectedFaultError("A fault was injected", 500)

    def _hangs(self, method: str, path: str) -> bool:
        if EVERY_ROUTE in self._switches.hanging:
            return True
        return method == "POST" and path.removeprefix("/api/").rstrip("/") in self._switches.hanging


async def _hold(faults: Switches, receive: Receive) -> None:
    """Waits until the fault is cleared or the caller hangs up: a long drill must not fill the memory."""
    waiting = asyncio.ensure_future(faults.until_cleared())
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        leaving.cancel()


async def _gone(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
