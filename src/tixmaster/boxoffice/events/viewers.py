"""How many people look at an event: each opened page has a random name and asks again while somebody looks at it.

Counted in the memory of this process; of several processes each knows the pages that ask it. Pages are told when to ask
again, the later the more there are, so that a whole town looking on costs the sale next to nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

ASKED_A_SECOND: Final = 20
"""How often all pages of one event ask together, once they are many."""
SOONEST_SECONDS: Final = 10
LATEST_SECONDS: Final = 120
MOST_EVENTS: Final = 1_000
MOST_PAGES: Final = 5_000
"""Pages of one event that are remembered, about 150 bytes each: names come from callers."""


class Viewers:
    """The pages that are open. A page that has missed its turn by half is no longer counted."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pages: OrderedDict[int, OrderedDict[str, float]] = OrderedDict()

    def seen(self, event: int, page: str) -> int:
        """A page of the event is open; how many are now."""
        pages = self._pages.setdefault(event, OrderedDict())
        self._pages.move_to_end(event)
        if len(self._pages) > MOST_EVENTS:
            self._pages.popitem(last=False)
        now = self._now()
        while pages and next(iter(pages.values())) < now:
            pages.popitem(last=False)
        pages[page] = now + again_in(len(pages)) * 1.5
        pages.move_to_end(page)
        if len(pages) > MOST_PAGES:
            pages.popitem(last=False)
        return len(pages)


def again_in(pages: int) -> int:
    """Seconds until a page is to ask again, where so many are open."""
    return min(max(SOONEST_SECONDS, pages // ASKED_A_SECOND), LATEST_SECONDS)
