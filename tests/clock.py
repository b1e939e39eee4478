"""On-call's clock, moved by a test."""

from __future__ import annotations

from datetime import datetime, timedelta

from tixmaster.oncall.clock import Clock


class Moved:
    """The present moment of a test: time passes, or somebody sets the clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._set_by = timedelta()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def set_by(self, jump: timedelta) -> None:
        """What shows on the clock changes, and no time passes."""
        self.now += jump
        self._set_by += jump

    def clock(self) -> Clock:
        """On-call's, which reads this one."""
        return Clock(wall=self, steady=lambda: (self.now - self._set_by).timestamp())
