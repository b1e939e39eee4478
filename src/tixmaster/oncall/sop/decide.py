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


@dataclass(frozen=True, kw_only=True)
class Held:
    """A decision row that holds. `contradicted_by` are the conditions against its cause that hold as well."""

    row: DecisionRow
    contradicted_by: tuple[str, ...]


def holding(decisions: Sequence[DecisionRow], facts: Mapping[str, Any], against: Mapping[str, str]) -> list[Held]:
    """The rows that hold for `facts` (step id → `{"status", "value"}`): first those that nothing contradicts, by the
    table's confidence, then by their place. `against` says what contradicts a cause."""
    held = [
        Held(row=row, contradicted_by=_contradictions(against.get(row.cause), facts))
        for row in decisions
        if conditions.judge(row.when, facts).holds
    ]
    return sorted(held, key=lambda one: (bool(one.contradicted_by), -one.row.confidence))


def _contradictions(against: str | None, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Those alternatives (`… || …`) of a condition that hold, so that each can be told by itself."""
    alternatives = against.split("||") if against else []
    return tuple(one.strip() for one in alternatives if conditions.judge(one.strip(), facts).holds)


def parse_remedy(text: str) -> Remedy | None:
    """Reads `restart SERVICE`; None for anything else."""
    match text.split():
        case ["restart", service]:
            return Remedy(kind="restart", service=service)
        case _:
            return None
