"""The decision table over what the steps found: pure, so that the same findings give the same causes everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tixmaster.oncall.sop import conditions
from tixmaster.oncall.sop.document import DecisionRow

NO_CAUSE = "no-cause-found"


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What a decision row proposes: `restart backend`."""

    kind: Literal["restart"]
    service: str


def holding(decisions: Sequence[DecisionRow], facts: Mapping[str, Any]) -> list[DecisionRow]:
    """The rows that hold for `facts` (step id → `{"status", "value"}`), by confidence, then by their place."""
    held = [row for row in decisions if conditions.judge(row.when, facts).holds]
    return sorted(held, key=lambda row: -row.confidence)


def parse_remedy(text: str) -> Remedy | None:
    """Reads `restart SERVICE`; None for anything else."""
    match text.split():
        case ["restart", service]:
            return Remedy(kind="restart", service=service)
        case _:
            return None
