"""Turns: a lock that is given to whoever has waited longest.

Writers of one process take turns here before they ask the database: SQLite lets those who wait sleep and try again, up to
a tenth of a second each time, and whoever comes back first, often the last to come, gets in.
"""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """`take` waits for one's turn; `done` gives it on."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, seconds: float) -> bool:
        """Whether it is our turn, at the latest after so many seconds."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            ours = threading.Event()
            self._waiting.append(ours)
        if ours.wait(seconds):
            return True
        with self._guard:
            if ours.is_set():  # it was given to us as we gave up
                return True
            self._waiting.remove(ours)
            return False

    def done(self) -> None:
        """The next may go; the turn passes from hand to hand, so that nobody can come in between."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
