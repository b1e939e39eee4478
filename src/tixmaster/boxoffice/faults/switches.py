"""Which faults are on, in the memory of this process: a restart heals them all."""

from __future__ import annotations

import asyncio
import random

from tixmaster.boxoffice.faults.strain import Strain


class Switches:
    """The faults in force. Whoever waits in one waits on `until_cleared`, and so never delays the end of the process."""

    def __init__(self, broken: frozenset[str] = frozenset()) -> None:
        self.strain = Strain()
        self._clear(broken)
        self._cleared = asyncio.Event()

    @property
    def active(self) -> bool:
        """Whether any fault that requests meet is on."""
        return bool(
            self.latency_seconds
            or self.failing_share
            or self.dependency_away
            or self.hanging
            or self.http_dependency_away
            or self.names_fail
            or self.broken
            or self.leaking
            or self.payments_away
        )

    def clear(self) -> None:
        """Ends all faults and lets go of the requests that they hold."""
        self._clear()
        self.strain.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    def _clear(self, broken: frozenset[str] = frozenset()) -> None:
        self.unhealthy = False
        self.dependency_away = False
        self.http_dependency_away = False
        self.names_fail = False
        self.latency_seconds = 0.0
        self.failing_share = 0.0
        self.payments_away = False
        self.hanging: frozenset[str] = frozenset()
        self.broken = broken
        self.leaking: frozenset[str] = frozenset()

    async def until_cleared(self, seconds: float | None = None) -> bool:
        """Waits for `clear`, at most `seconds`; whether it came."""
        cleared = self._cleared
        try:
            async with asyncio.timeout(seconds):
                await cleared.wait()
        except TimeoutError:
            return False
        return True

    def fails_by_chance(self) -> bool:
        """Draws whether this request is one of those that fail."""
        return random.random() < self.failing_share
