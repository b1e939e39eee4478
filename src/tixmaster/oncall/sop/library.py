"""The manual in force: every document of the folder, linked, checked as a whole, and kept while a newer one is broken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from tixmaster.oncall import checks
from tixmaster.oncall.errors import SopError
from tixmaster.oncall.sop import conditions, document
from tixmaster.oncall.sop.document import DecisionRow, Document, Include, Step, Text
from tixmaster.stack.monitoring.panels import PANELS

ANY_ALERT = "*"
NO_CAUSE = "no-cause-found"
CAUSES_FILE = "causes.md"
PROCEDURES = "procedures"


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What a decision row proposes: `restart backend`."""

    kind: Literal["restart"]
    service: str


@dataclass(frozen=True, kw_only=True)
class Runbook:
    """A document ready to be carried out: its procedures taken in, its conditions compiled once."""

    path: Path
    alert: str
    title: Text
    explains: tuple[str, ...]
    panels: tuple[str, ...]
    steps: tuple[Step, ...]
    decisions: tuple[DecisionRow, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Manual:
    """One consistent set of documents."""

    runbooks: dict[str, Runbook]
    causes: dict[str, Text]
    documents: tuple[Document, ...]


class Library:
    """Gives out runbooks. `refresh` takes in changed files; where they are broken, the last good manual stays."""

    def __init__(self, folder: Path, services: tuple[str, ...]) -> None:
        """`services` are the names that steps and remedies may use."""
        self.folder = folder
        self._services = services
        self.problems: tuple[str, ...] = ()
        self._stamp = _stamp(folder)
        self._manual = load(folder, services)

    @property
    def manual(self) -> Manual:
        return self._manual

    def refresh(self) -> None:
        """Reads the folder again if a file in it changed."""
        stamp = _stamp(self.folder)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._manual, self.problems = load(self.folder, self._services), ()
        except SopError as error:
            self.problems = error.problems

    def runbook_for(self, alertname: str) -> Runbook:
        """The alert's own runbook, else the generic one."""
        runbooks = self._manual.runbooks
        return runbooks.get(alertname) or runbooks[ANY_ALERT]

    def explains(self, alertname: str, symptom: str) -> bool:
        """Whether the runbook of an alert names the other as its symptom."""
        return symptom in self.runbook_for(alertname).explains

    def cause_title(self, cause: str) -> Text:
        return self._manual.causes[cause]


def load(folder: Path, services: tuple[str, ...]) -> Manual:
    """Reads and links the whole folder; raises `SopError` with every problem found, each with file and line."""
    problems: list[str] = []
    documents = [found for path in sorted(folder.rglob("*.md")) if (found := _read(path, problems))]
    procedures = {item.path.stem: item for item in documents if item.path.parent.name == PROCEDURES}
    problems.extend(text for item in procedures.values() for text in _lint_procedure(item))
    causes = _causes(folder / CAUSES_FILE, problems)
    runbooks: dict[str, Runbook] = {}
    for item in documents:
        if item.head.alert is None:
            continue
        if item.head.alert in runbooks:
            problems.append(
                f"{item.path}:1: {runbooks[item.head.alert].path} is for the alert {item.head.alert} already"
            )
        steps = _linked(item, procedures, problems)
        problems.extend(_lint_head(item, {other.head.alert for other in documents}))
        problems.extend(_lint_decisions(item, steps, causes, services))
        runbooks[item.head.alert] = Runbook(
            path=item.path,
            alert=item.head.alert,
            title=item.head.title,
            explains=item.head.explains,
            panels=item.head.panels,
            steps=steps,
            decisions=item.decisions,
            text=item.text,
        )
    if ANY_ALERT not in runbooks:
        problems.append(
            f'{folder}: no document has `alert: "{ANY_ALERT}"`, the runbook for alerts without one of their own'
        )
    if problems:
        raise SopError(tuple(problems))
    return Manual(runbooks=runbooks, causes=causes, documents=tuple(documents))


def parse_remedy(text: str) -> Remedy | None:
    """Reads `restart SERVICE`; None for anything else."""
    match text.split():
        case ["restart", service]:
            return Remedy(kind="restart", service=service)
        case _:
            return None


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a file of the folder does."""
    return tuple(
        (str(path), stat.st_mtime_ns, stat.st_size) for path in sorted(folder.rglob("*.md")) if (stat := path.stat())
    )


def _read(path: Path, problems: list[str]) -> Document | None:
    if path.name in (CAUSES_FILE, "README.md"):
        return None
    try:
        return document.read(path)
    except (document.DocumentError, OSError, UnicodeDecodeError) as error:
        problems.append(str(error))
        return None


def _causes(path: Path, problems: list[str]) -> dict[str, Text]:
    """The causes a decision row may name, with their titles, from the table in `causes.md`."""
    if not path.is_file():
        problems.append(f"{path}: missing; it holds the table Cause | English | 中文 of all causes")
        return {}
    causes: dict[str, Text] = {}
    for line, cells in document.table(path, "Cause"):
        if len(cells) < 3 or not all(cells[:3]):
            problems.append(f"{path}:{line}: a cause has an id, an English and a Chinese title")
        else:
            causes[cells[0]] = Text(en=cells[1], zh_tw=cells[2])
    if NO_CAUSE not in causes:
        problems.append(f"{path}: the cause {NO_CAUSE} is missing; it is named when no decision row applies")
    return causes


def _lint_head(item: Document, alerts: set[str | None]) -> list[str]:
    """Names in the front matter that nothing answers to."""
    panels = {panel.uid for panel in PANELS}
    return [
        f"{item.path}:1: explains: no runbook is for the alert {name!r}"
        for name in item.head.explains
        if name not in alerts
    ] + [
        f"{item.path}:1: panels: there is no panel {name!r}; there are {', '.join(sorted(panels))}"
        for name in item.head.panels
        if name not in panels
    ]


def _linked(item: Document, procedures: dict[str, Document], problems: list[str]) -> tuple[Step, ...]:
    """The document's steps with those of its procedures in their places, each checked."""
    steps: list[Step] = []
    for line, part in item.parts:
        if isinstance(part, Step):
            problems.extend(f"{item.path}:{line}: {text}" for text in _lint_step(part, steps))
            steps.append(part)
            continue
        procedure = procedures.get(part.procedure)
        if procedure is None:
            known = ", ".join(sorted(procedures)) or "none"
            problems.append(f"{item.path}:{line}: there is no procedure {part.procedure!r}; there are {known}")
        else:
            steps.extend(inner for _, inner in procedure.parts if isinstance(inner, Step))
    doubled = {step.id for step in steps if sum(other.id == step.id for other in steps) > 1}
    problems.extend(f"{item.path}:1: the step id {name!r} is used twice" for name in sorted(doubled))
    return tuple(steps)


def _lint_procedure(item: Document) -> list[str]:
    """A procedure stands alone: its conditions name its own steps, so that any runbook can take it in."""
    problems: list[str] = []
    steps: list[Step] = []
    for line, part in item.parts:
        if isinstance(part, Include):
            problems.append(f"{item.path}:{line}: a procedure holds steps only; it cannot take in another procedure")
        else:
            problems.extend(f"{item.path}:{line}: {text}" for text in _lint_step(part, steps))
            steps.append(part)
    return problems


def _lint_step(step: Step, earlier: list[Step]) -> list[str]:
    problems: list[str] = []
    known = checks.registered().get(step.check)
    if known is None:
        return [f"step {step.id}: there is no check {step.check!r}; there are {', '.join(sorted(checks.registered()))}"]
    try:
        msgspec.convert(step.params, known.params)
    except msgspec.ValidationError as error:
        problems.append(f"step {step.id}: with: {error}")
    if step.when and (problem := conditions.problem_of(step.when, {other.id for other in earlier})):
        problems.append(f"step {step.id}: when: {problem}")
    if step.expect and (problem := conditions.problem_of(step.expect, {"value"})):
        problems.append(f"step {step.id}: expect: {problem}")
    return problems


def _lint_decisions(
    item: Document, steps: tuple[Step, ...], causes: dict[str, Text], services: tuple[str, ...]
) -> list[str]:
    problems: list[str] = []
    known = {step.id for step in steps}
    for row in item.decisions:
        place = f"{item.path}:{row.line}"
        if row.cause not in causes:
            problems.append(f"{place}: the cause {row.cause!r} is not in {CAUSES_FILE}; add its row there")
        if problem := conditions.problem_of(row.when, known):
            problems.append(f"{place}: {problem}")
        remedy = parse_remedy(row.remedy) if row.remedy else None
        if row.remedy and remedy is None:
            problems.append(f"{place}: the remedy {row.remedy!r} is unknown; write `restart SERVICE` or `–`")
        if remedy and remedy.service not in services:
            problems.append(f"{place}: there is no service {remedy.service!r}; there are {', '.join(services)}")
    return problems
