"""An incident as a row of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tixmaster.oncall.store.incidents import name_of


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a list says of it."""

    number: int
    title: str
    title_zh: str
    severity: str
    service: str
    state: str
    """`open`, `acknowledged`, `resolved` or `closed`."""
    drill: str | None
    assigned_to: str | None
    merged_into: str | None
    started_at: datetime
    ended_at: datetime | None
    """When the trouble ended; None while it lasts."""
    cause: dict[str, str] | None

    @property
    def id(self) -> str:
        return name_of(self.number)


def row_of(found: dict[str, Any]) -> Row:
    """The row of an incident that `store/search.py` found."""
    taken = found["state"] == "open" and found["acknowledged_at"] is not None
    return Row(
        **{
            key: found[key]
            for key in ("number", "title", "title_zh", "severity", "service", "drill", "assigned_to", "started_at")
        },
        state="acknowledged" if taken else found["state"],
        merged_into=name_of(found["merged_into"]) if found["merged_into"] else None,
        ended_at=found["resolved_at"] or found["closed_at"],
        cause=found["cause_title"],
    )
