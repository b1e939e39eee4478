"""The drills: the run that is on or was last, and the last outcome."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from tixmaster.oncall import rehearsal
from tixmaster.oncall.rehearsal import Outcome, Run
from tixmaster.stack.config import Config


@dataclass(frozen=True, kw_only=True)
class Practice:
    """What drills have left on disk; both are None where none was ever carried out."""

    run: Run | None
    last: Outcome | None


def ask(config: Config) -> Practice:
    """Reads it."""
    return Practice(run=rehearsal.newest_run(config), last=rehearsal.last(config))


def telling(practice: Practice) -> Hashable:
    """What of it matters: which run, how far it is, and whether it lives."""
    run, last = practice.run, practice.last
    return (
        (run.began_at, run.phase, run.playing, *run.stages, run.is_on) if run else None,
        last.at if last else None,
    )
