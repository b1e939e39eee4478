"""`tix sop book`: the manual bound for paper."""

from __future__ import annotations


def book() -> int:
    """Bind the printable SOP-MON-001."""
    return 0
