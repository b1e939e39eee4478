"""The calendar: what is planned."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from tixmaster.stack.config.record import Moment, Record


class Planned(Record, frozen=True, kw_only=True):
    """A row of the calendar: something planned that explains figures which would look like trouble."""

    title: str
    kind: Literal["campaign", "on-sale", "downtime"]
    begins: Moment = msgspec.field(name="from")
    ends: Moment = msgspec.field(name="until")

    def __post_init__(self) -> None:
        if self.begins >= self.ends:
            raise ValueError(f"{self.title!r} must begin before it ends (from < until)")

    def covers(self, moment: datetime) -> bool:
        """Whether it is under way at that moment."""
        return self.begins <= moment < self.ends
