"""Alerts as Alertmanager holds them, silences and maintenance windows. Debian's Alertmanager has no pages of its own."""

from tixmaster.console.alerts import listing, planned, silences

HANDLERS = (*listing.HANDLERS, *silences.HANDLERS, *planned.HANDLERS)

__all__ = ["HANDLERS"]
