"""What a drill is: something that happens to the running system, and what on-call should make of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tixmaster.drills.scene import Scene
from tixmaster.drills.verdict import STAGES

Event = Callable[[Scene], AbstractContextManager[None]]
"""Something that happens: entered when it begins, left when it is over; leaving it is safe, whatever on-call did."""


TOLD = ("alert_firing", "webhook")
"""The stages that there are only where Alertmanager tells on-call."""


def _anywhere() -> str | None:
    return None


def _at_once(_scene: Scene) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A fault with its true cause; or, as a control, an event of a healthy day."""

    name: str
    title: str
    title_zh: str
    cause: str | None
    """The id of the true cause, as in `sop/causes.md`; None where nothing is wrong and no incident may be opened."""
    event: Event
    also: tuple[str, ...] = ()
    """Causes that are as true where something on the machine makes them so: a deploy within the hour, say."""
    remedy: str | None = None
    """The one command that on-call should carry out; None where a person must act, who does so once the mail is there."""
    service: str = "backend"
    """Which must be healthy in the end."""
    control: bool = False
    """Whether the system is healthy all the while, so that whatever on-call did would be wrong."""
    told: bool = True
    """Whether Alertmanager tells on-call; else on-call notices by itself that the Watchdog is silent."""
    ready: Callable[[Scene], bool] = _at_once
    """Whether the system has seen enough of normal life for the event to show."""
    needs_fault_endpoints: bool = False
    """Whether the backend must accept injected faults: `fault_endpoints = true` in tixmaster.toml."""
    prevented: Callable[[], str | None] = _anywhere
    """Why it cannot be played on this machine; None where it can."""
    seconds: float = 120.0
    """How long on-call may take from the fault to the closed incident; where none may be opened, how long to watch."""

    @property
    def stages(self) -> tuple[str, ...]:
        """What on-call must come through, in this order."""
        left_out = (*(() if self.told else TOLD), *(() if self.remedy else ("remedy",)))
        return tuple(name for name in STAGES if name not in left_out)
