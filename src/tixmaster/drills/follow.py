"""Watching what on-call does about a drill, stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tixmaster.drills.drill import Drill
from tixmaster.drills.scene import Say, Scene
from tixmaster.drills.verdict import STAGES, Verdict, stages_of

POLL_SECONDS = 0.2


@dataclass(kw_only=True)
class Follower:
    """Says each stage when it is reached and writes it into the verdict; `since` is when the fault was put in."""

    scene: Scene
    drill: Drill
    since: datetime
    verdict: Verdict
    say: Say
    reached: Callable[[Verdict], None]
    """Told of every stage that is reached."""
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.drill.seconds

    def follow(self, stage: str) -> None:
        """Until the drill's incident has reached the stage, or the drill's time is over."""
        while stage not in self.verdict.stages and time.monotonic() < self._deadline:
            time.sleep(POLL_SECONDS)
            self._look()

    def watch(self) -> None:
        """Until the drill's time is over, or an incident was opened where none should be."""
        while self.verdict.incident is None and time.monotonic() < self._deadline:
            time.sleep(POLL_SECONDS)
            self._look()

    def incidents(self) -> list[dict[str, Any]]:
        """All that is known of the drill's incidents, the first one first."""
        return [self.scene.oncall.incident(name) for name in self._opened()]

    def _look(self) -> None:
        self.verdict.incident = self.verdict.incident or next(iter(self._opened()), None)
        if self.verdict.incident is None:
            return
        before = self.verdict.stages
        found = stages_of(self.scene.oncall.incident(self.verdict.incident), self.since)
        reached = {name: found[name] for name in self.drill.stages if name in found}
        for name in sorted(reached.keys() - self.verdict.stages.keys(), key=list(STAGES).index):
            self.say(f"  {reached[name]:6.1f} s  {name.replace('_', ' ')}")
        self.verdict.stages = reached
        if reached != before:
            self.reached(self.verdict)

    def _opened(self) -> list[str]:
        """The ids of the incidents that the drill has opened, the first one first."""
        opened = [
            (datetime.fromisoformat(item["opened_at"]), str(item["id"]))
            for item in self.scene.oncall.incidents("all")
            if item["drill"] == self.drill.name
        ]
        return [name for at, name in sorted(opened) if at >= self.since]
