"""Incidents as many: the list with its filters and search, and how it went over time."""

from tixmaster.console.incidents import listing, statistics

HANDLERS = (*statistics.HANDLERS, *listing.HANDLERS)

__all__ = ["HANDLERS"]
