"""Slows down guessing of passwords: after some failures an account cannot be tried from that address for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from tixmaster.boxoffice.errors import TooManyAttemptsError

FAILURES: Final = 10
WINDOW_SECONDS: Final = 300.0
REMEMBERED: Final = 10_000
"""Pairs of account and address; the longest unused is forgotten first."""


class LoginThrottle:
    """Counts failures in the memory of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def admit(self, email: str, address: str) -> None:
        """Raises `TooManyAttemptsError` when there were too many failures of late."""
        if len(self._recent(email, address)) >= FAILURES:
            raise TooManyAttemptsError("Too many failed attempts. Please wait a few minutes and try again.")

    def failed(self, email: str, address: str) -> None:
        """Remembers a failure."""
        key = (email.lower(), address)
        self._failures[key] = [*self._recent(email, address), self._now()]
        self._failures.move_to_end(key)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, email: str, address: str) -> None:
        """Forgets the failures."""
        self._failures.pop((email.lower(), address), None)

    def _recent(self, email: str, address: str) -> list[float]:
        since = self._now() - WINDOW_SECONDS
        return [moment for moment in self._failures.get((email.lower(), address), ()) if moment > since]
