"""Everything that pages say of the present, each thing with a watch of its own. One lookout a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from tixmaster.console.lookout import alarms, figures, planned, practice
from tixmaster.console.lookout.alarms import Alarms
from tixmaster.console.lookout.figures import Figures
from tixmaster.console.lookout.planned import Plans
from tixmaster.console.lookout.practice import Practice
from tixmaster.console.lookout.watch import Watch
from tixmaster.oncall.desk import Desk
from tixmaster.stack.status import ServiceStatus, status

SERVICE_SECONDS, ALARM_SECONDS, FIGURE_SECONDS, PLAN_SECONDS = 5.0, 2.0, 10.0, 1.0
"""How often each is asked for while somebody looks."""
FIRST_WORD_SECONDS = 0.3
"""What somebody who comes after a pause waits at most for what is true now."""


class Lookout:
    """Started and stopped with the application. `mark` grows with every change that a page should show at once."""

    def __init__(self, desk: Desk) -> None:
        config, now = desk.config, desk.now
        self._now = now
        self.began_at = now()
        self.mark = 0
        self.changed: Callable[[], None] = lambda: None
        """Called after `mark` has grown, in the thread that saw the change."""
        self._marking = threading.Lock()
        self.services: dict[str, Watch[ServiceStatus]] = {
            name: Watch(
                name,
                partial(status, config, name),
                every=SERVICE_SECONDS,
                now=now,
                telling=_telling,
                changed=self._changed,
            )
            for name in config.service_names
        }
        self.alarms: Watch[Alarms] = Watch(
            "alarms",
            partial(alarms.ask, config),
            every=ALARM_SECONDS,
            now=now,
            telling=alarms.telling,
            changed=self._changed,
        )
        self.figures: Watch[Figures] = Watch(
            "figures",
            partial(figures.ask, config),
            every=FIGURE_SECONDS,
            now=now,
            telling=figures.telling,
            changed=self._changed,
        )
        self.plans: Watch[Plans] = Watch(
            "plans",
            partial(planned.ask, desk),
            every=PLAN_SECONDS,
            now=now,
            telling=lambda plans: planned.telling(now(), plans),
            changed=self._changed,
        )
        self.practice: Watch[Practice] = Watch(
            "practice",
            partial(practice.ask, config),
            every=PLAN_SECONDS,
            now=now,
            telling=practice.telling,
            changed=self._changed,
        )

    @property
    def _watches(self) -> tuple[Watch[Any], ...]:
        return (*self.services.values(), self.alarms, self.figures, self.plans, self.practice)

    def looked_at(self, patience: float = 0.0) -> None:
        """Somebody looks at a page: what it shows is asked for often, as long as that lasts. Who comes after a pause, when
        what is known is old, may wait `patience` seconds for newer word."""
        moment = self._now()
        for watch in self._watches:
            watch.looked_at(moment)
        until = time.monotonic() + patience
        for watch in self._watches:
            watch.await_word(max(until - time.monotonic(), 0.0))

    def start(self) -> None:
        """Begins to look."""
        for watch in self._watches:
            watch.start()

    def stop(self) -> None:
        """Ends without waiting for what hangs."""
        for watch in self._watches:
            watch.stop()

    def _changed(self) -> None:
        with self._marking:
            self.mark += 1
        self.changed()


def _telling(one: ServiceStatus) -> Hashable:
    """A service's state, and the process it is: a restart within a round is news, a count of connections is not."""
    return one.state, one.healthy, one.started_at
