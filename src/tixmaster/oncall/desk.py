"""The desk: what every stage of an alert's way needs at hand, made once at start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tixmaster.oncall.clock import Clock
from tixmaster.oncall.evidence.drawing.artist import Artist
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import Database
from tixmaster.oncall.store.together import Together
from tixmaster.stack.config import Config


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Settings, state, the manual and the clock; tests give their own clock."""

    config: Config
    database: Database
    library: Library
    clock: Clock = field(default_factory=Clock)
    leads: Callable[[], bool] = lambda: True
    """Whether this replica does what only one at a time does: closing, reconciling, escalating, the test shopper."""
    work: threading.Event = field(default_factory=threading.Event)
    """Set when there may be work for the dispatcher; it also looks by itself every second."""
    review: threading.Event = field(default_factory=threading.Event)
    """Set when Alertmanager should be asked at once; it is asked every minute anyway."""
    together: Together = field(init=False)
    """For short writes that many make at once: they share a commit."""

    artist: Artist = field(init=False)
    """Draws the panels, in a process of its own."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "artist", Artist(self.config.var / "oncall" / "drawing"))
        object.__setattr__(self, "together", Together(self.database.write))

    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def age(self, moment: datetime) -> timedelta:
        """How long ago that was, whatever the machine's clock was set to meanwhile."""
        return self.clock.age(moment)

    def console_url(self, incident: str) -> str:
        """The page of an incident, for links in mails and records."""
        return self.config.link("oncall", f"/incidents/{incident}")
