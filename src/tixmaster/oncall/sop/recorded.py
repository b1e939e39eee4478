"""Recorded tests of the decision tables: what was found → which cause and remedy are to be named (`sop/tests/*.yaml`).

Nothing is looked at; a test is the memory of an incident, or of one that somebody thought of in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from tixmaster.oncall.checks.describe import value_names
from tixmaster.oncall.checks.registry import Status
from tixmaster.oncall.sop.decide import NO_CAUSE, holding
from tixmaster.oncall.sop.document import LOADER, DecisionRow, Record
from tixmaster.oncall.sop.library import Manual, Runbook
from tixmaster.oncall.sop.problem import Problem, choose_from
from tixmaster.oncall.sop.words import explain

TESTS = "tests"


class Found(Record, frozen=True, kw_only=True):
    """What a step found."""

    status: Status = "ok"
    value: dict[str, Any] = msgspec.field(default_factory=dict)


class Recorded(Record, frozen=True, kw_only=True):
    """One test. A step that is not listed found `{status: ok, value: {}}`."""

    name: Annotated[str, Meta(description="What happened, in words.")]
    cause: Annotated[str, Meta(description="The cause that is named first; no-cause-found where no row holds.")]
    findings: Annotated[dict[str, Found], Meta(description="What the steps found, by their ids.")] = msgspec.field(
        default_factory=dict
    )
    remedy: Annotated[str | None, Meta(description="The remedy of that row; none where a person must act.")] = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A test carried out; `row` is the one that won, None where none held."""

    file: Path
    line: int
    test: Recorded
    row: DecisionRow | None

    @property
    def cause(self) -> str:
        return self.row.cause if self.row else NO_CAUSE

    @property
    def remedy(self) -> str | None:
        return self.row.remedy if self.row else None

    @property
    def ok(self) -> bool:
        return (self.cause, self.remedy) == (self.test.cause, self.test.remedy)

    def as_json(self) -> dict[str, Any]:
        """As JSON: place, name, what was expected and what was found."""
        return {
            "file": str(self.file),
            "line": self.line,
            "name": self.test.name,
            "ok": self.ok,
            "expected": {"cause": self.test.cause, "remedy": self.test.remedy},
            "found": {"cause": self.cause, "remedy": self.remedy},
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """All outcomes, how many rows there are, how many of them win in some test, and what is wrong."""

    outcomes: tuple[Outcome, ...]
    rows: int
    reached: int
    problems: tuple[Problem, ...]


def run(manual: Manual, folder: Path, alert: str | None = None) -> Report:
    """Carries out the tests of every runbook in `folder`, or those of one alert's."""
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    rows = reached = 0
    runbooks = [item for item in manual.runbooks.values() if alert in (None, item.alert)]
    for runbook in sorted(runbooks, key=lambda item: item.path):
        file = folder / TESTS / f"{runbook.path.stem}.yaml"
        mine = list(_outcomes(runbook, file, manual, problems))
        won = {outcome.row.line for outcome in mine if outcome.row}
        rows, reached = rows + len(runbook.decisions), reached + len(won)
        problems += _unreached(runbook, won, file)
        problems += [_differs(outcome) for outcome in mine if not outcome.ok]
        outcomes += mine
    if alert is None:
        problems += _ownerless(folder / TESTS, {item.path.stem for item in runbooks})
    return Report(outcomes=tuple(outcomes), rows=rows, reached=reached, problems=tuple(sorted(problems)))


def _outcomes(runbook: Runbook, file: Path, manual: Manual, problems: list[Problem]) -> Iterator[Outcome]:
    """The tests of a runbook over its decision table."""
    steps = {step.id: value_names(step.check) for step in runbook.steps}
    for line, test in _read(file, problems):
        problems += _unknown(file, line, test, steps, set(manual.causes))
        facts = {name: msgspec.to_builtins(test.findings.get(name, Found())) for name in steps}
        held = holding(runbook.decisions, facts, runbook.against)
        yield Outcome(file=file, line=line, test=test, row=held[0].row if held else None)


def _read(file: Path, problems: list[Problem]) -> Iterator[tuple[int, Recorded]]:
    """The tests of a file, each with its line; a broken one is a problem and the others are read."""
    if not file.is_file():
        return
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, LOADER)
        tests = yaml.load(text, LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, OSError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = f"this is not YAML: {getattr(error, 'problem', None) or error}"
        write = "write a list of tests: `- name: …`, `findings: …`, `cause: …`"
        problems.append(Problem(file=file, line=mark.line + 1 if mark else 1, what=what, write=write))
        return
    if not isinstance(node, yaml.SequenceNode):
        write = "write a list of tests: `- name: …`, `findings: …`, `cause: …`"
        problems.append(Problem(file=file, line=1, what="a file of tests holds a list", write=write))
        return
    for item, test in zip(node.value, tests, strict=True):
        line = item.start_mark.line + 1
        try:
            yield line, msgspec.convert(test, Recorded)
        except msgspec.ValidationError as error:
            _, what, write = explain(error, Recorded)
            problems.append(Problem(file=file, line=line, what=what, write=write))


def _unknown(
    file: Path, line: int, test: Recorded, steps: Mapping[str, frozenset[str]], causes: set[str]
) -> Iterator[Problem]:
    """Steps, values and causes that a test names and the runbook does not have."""
    for name, found in test.findings.items():
        if name not in steps:
            what = f"test “{test.name}”: the runbook has no step {name!r}"
            yield Problem(file=file, line=line, what=what, write=choose_from(name, steps))
        for value in found.value:
            if steps.get(name) and value not in steps[name]:
                what = f"test “{test.name}”: what the step {name} finds has no value {value!r}"
                yield Problem(file=file, line=line, what=what, write=choose_from(value, steps[name]))
    if test.cause not in causes:
        what = f"test “{test.name}”: there is no cause {test.cause!r}"
        yield Problem(file=file, line=line, what=what, write=choose_from(test.cause, causes))


def _differs(outcome: Outcome) -> Problem:
    expected, found = _in_words(outcome.test.cause, outcome.test.remedy), _in_words(outcome.cause, outcome.remedy)
    where = f" (line {outcome.row.line} of the runbook)" if outcome.row else " (no row holds)"
    what = f"test “{outcome.test.name}”: expected {expected}, found {found}{where}"
    return Problem(file=outcome.file, line=outcome.line, what=what, write="mend the decision table, or this test")


def _in_words(cause: str, remedy: str | None) -> str:
    return f"{cause} with the remedy `{remedy}`" if remedy else f"{cause} without a remedy"


def _unreached(runbook: Runbook, won: set[int], file: Path) -> Iterator[Problem]:
    for row in runbook.decisions:
        if row.line not in won:
            what = f"no test reaches this row: {row.cause} when `{row.when}`"
            write = f"add a test to {TESTS}/{file.name} in which it wins"
            yield Problem(file=runbook.path, line=row.line, what=what, write=write)


def _ownerless(folder: Path, stems: set[str]) -> Iterator[Problem]:
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if file.stem not in stems or file.suffix != ".yaml":
            write = f"name it as its runbook, with .yaml: {choose_from(file.stem, stems)}"
            yield Problem(file=file, line=1, what="no runbook has this name, so nobody carries these out", write=write)
