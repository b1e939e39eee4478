"""Knows whether the database is there. One task asks, however many requests fail: attempts cannot pile up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tixmaster.telemetry.logs import describe

RETRY_SECONDS: Final = 0.25

_log = structlog.stdlib.get_logger()


class NotYetAskedError(Exception):
    """The process has just started and has not reached the database yet."""


class Watch:
    """`trouble` is why the database cannot be used now, or None.

    `ask` makes a connection of its own and raises what stands in the way; `welcome` runs whenever the database comes
    (back), before anybody else may use it: migrations, fresh connections.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], welcome: Callable[[], Awaitable[None]]) -> None:
        self.trouble: Exception | None = NotYetAskedError("starting: the database has not been reached yet")
        self._ask = ask
        self._welcome = welcome
        self._look = asyncio.Event()

    def look_now(self) -> None:
        """A request could not use the database: find out whether that holds for all."""
        self._look.set()

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            if self.trouble is None:
                await self._look.wait()
            self._look.clear()
            await self._check()
            await asyncio.sleep(RETRY_SECONDS)

    async def _check(self) -> None:
        try:
            await self._ask()
            if self.trouble is not None:
                await self._welcome()
        except Exception as error:  # noqa: BLE001 - whatever it is, it keeps the database from being used
            self._note(error)
        else:
            if self.trouble is not None:
                _log.info("database is there")
            self.trouble = None

    def _note(self, error: Exception) -> None:
        if self.trouble is None or describe(self.trouble) != describe(error):
            _log.error("database does not answer", error=describe(error))
        self.trouble = error
