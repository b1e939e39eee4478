"""The calendar: what is planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import Moment, Record


class Planned(Record, frozen=True, kw_only=True):
    """A row of the calendar: something planned that explains figures which would look like trouble."""

    title: str
    kind: Literal["campaign", "on-sale", "downtime"]
    begins: Moment = msgspec.field(name="from")
    ends: Moment = msgspec.field(name="until")

    def problems(self) -> Iterator[Problem]:
        if self.begins >= self.ends:
            said = f"{self.title!r} must begin before it ends, and ends at {self.ends} (from < until)."
            yield Problem(place=("until",), said=said)

    def covers(self, moment: datetime) -> bool:
        """Whether it is under way at that moment."""
        return self.begins <= moment < self.ends
