"""Drills: what there is to practise, a run while it is on, and how it went before.

The console does not import `tixmaster.drills`: whoever starts it hands in what drills there are, and a run is a process of
its own (`tix drill run`), which outlives a page, a session and a restart of on-call.
"""

from tixmaster.console.drills import pages
from tixmaster.console.drills.start import Exercise, Starter

HANDLERS = pages.HANDLERS

__all__ = ["HANDLERS", "Exercise", "Starter"]
