"""What a drill is: a fault that is put in on purpose, its true cause, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Prometheus


class DrillError(StackError):
    """A drill could not begin, or its fault could not be put in."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """`inject` puts the fault in and returns when it is there; `restore` takes it out, whatever on-call did."""

    name: str
    title: str
    cause: str
    """The id of the true cause, as in `sop/causes.md`."""
    service: str
    """The service that must be healthy again in the end."""
    inject: Callable[[Config], None]
    restore: Callable[[Config], None]
    ready: Callable[[Prometheus], bool] = lambda _prometheus: True
    """Whether the system has seen enough of normal life for the fault to show."""
    seconds: float = 120.0
    """How long on-call may take from the fault to the closed incident."""
