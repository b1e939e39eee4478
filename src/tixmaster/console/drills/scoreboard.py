"""How the drills went: how often on-call was right, and how long each stage took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from tixmaster.oncall.rehearsal import Outcome

STAGES = ("alert_firing", "webhook", "evidence_complete", "diagnosis", "mail", "remedy", "recovered", "closed")
"""In the order in which on-call comes through them."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Of one drill: `stages` are median seconds since the fault, of the runs that reached them."""

    runs: int
    right: int
    last: Outcome
    stages: dict[str, float]

    @property
    def wrong(self) -> int:
        return self.runs - self.right


def scores(outcomes: Iterable[Outcome]) -> dict[str, Score]:
    """By name of the drill; `outcomes` are newest first."""
    by_name: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        by_name[one.name].append(one)
    return {
        name: Score(runs=len(found), right=sum(1 for one in found if one.ok), last=found[0], stages=_medians(found))
        for name, found in by_name.items()
    }


def _medians(outcomes: list[Outcome]) -> dict[str, float]:
    reached = {stage: [one.stages[stage] for one in outcomes if stage in one.stages] for stage in STAGES}
    return {stage: median(seconds) for stage, seconds in reached.items() if seconds}
