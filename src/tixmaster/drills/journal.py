"""How far a run of drills is, kept on disk for whoever watches: the console, in another process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType

import psutil

from tixmaster.drills.drill import Drill
from tixmaster.drills.verdict import Verdict, folder
from tixmaster.oncall import rehearsal
from tixmaster.stack.config import Config

CANCELLED = "cancelled"


class Journal:
    """Entered when a run begins and left when it is over, also by an error or a cancellation."""

    def __init__(self, config: Config, drills: Sequence[Drill], by: str) -> None:
        self._config = config
        self._run = rehearsal.Run(
            pid=os.getpid(),
            process_began=psutil.Process().create_time(),
            by=by,
            names=tuple(drill.name for drill in drills),
            began_at=datetime.now(UTC),
        )

    def __enter__(self) -> Journal:
        folder(self._config)
        self._keep()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        run = self._run
        run.phase, run.ended_at = "ended", datetime.now(UTC)
        if error is not None:
            run.problem = CANCELLED if isinstance(error, KeyboardInterrupt) else str(error)
        self._keep()

    def waits(self, drill: Drill) -> None:
        """The drill waits until the system is calm."""
        run = self._run
        run.phase, run.playing, run.wanted = "waiting", drill.name, drill.stages if drill.cause else ()
        run.fault_at, run.incident, run.stages = None, None, {}
        self._keep()

    def begins(self, at: datetime) -> None:
        """What the drill is about happens now."""
        self._run.phase, self._run.fault_at = "playing", at
        self._keep()

    def reached(self, verdict: Verdict) -> None:
        """On-call has come further."""
        self._run.stages = {name: round(seconds, 2) for name, seconds in verdict.stages.items()}
        self._run.incident = verdict.incident
        self._keep()

    def judged(self, verdict: Verdict) -> None:
        """The drill is over."""
        self._run.verdicts[verdict.name] = verdict.ok
        self._keep()

    def _keep(self) -> None:
        rehearsal.keep(self._config, self._run)
