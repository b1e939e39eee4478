"""Carrying out a document at a person's word: its steps against the live system, without an incident.

A runbook only looks, and says what on-call would do. A procedure may act, each time after a yes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tixmaster.oncall.checks.carry_out import look
from tixmaster.oncall.checks.registry import Finding, Scene
from tixmaster.oncall.errors import UnknownDocumentError
from tixmaster.oncall.remedy.policy import configured
from tixmaster.oncall.sop import conditions, folder, prose
from tixmaster.oncall.sop.about import about
from tixmaster.oncall.sop.decide import NO_CAUSE, Held, holding, parse_remedy
from tixmaster.oncall.sop.document import Action, DecisionRow, Document, Include, Step
from tixmaster.oncall.sop.library import Manual, Runbook
from tixmaster.oncall.sop.problem import choose_from
from tixmaster.oncall.store.bilingual import columns, list_columns
from tixmaster.stack import health
from tixmaster.stack.config import Config, Policy
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.said import Said, joined, said

SINCE = timedelta(minutes=5)
"""How far back the steps look where nobody says since when."""
Answer = Literal["run", "skip", "quit"]
WOULD: dict[Policy, Said] = {
    "observe": Said("would leave it to a person", "將交由人員處理"),
    "approve": Said("would propose it", "將提出建議"),
    "auto": Said("would perform it", "將自動執行"),
}
"""What on-call does with a remedy, by policy."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is carried out: the runbook of an alert that speaks of the service, or a procedure."""

    name: str
    service: str
    document: Document
    runbook: Runbook | None
    parts: tuple[Step | Action, ...]
    commands: Mapping[str, Mapping[str, str]]
    """What a person would type for a step: step id → shell → text."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A step that was carried out."""

    step: Step | Action
    finding: Finding
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A decision row that holds, with the findings it rests on and those that contradict it."""

    row: DecisionRow
    because: tuple[Said, ...]
    contradicts: tuple[Said, ...]


def find(manual: Manual, name: str, service: str) -> Target:
    """What on-call would carry out for the service: a runbook by its alert or file, or a procedure; raises
    `UnknownDocumentError` with the nearest names."""
    procedures = manual.procedures
    runbook = None
    if name not in procedures or name in manual.runbooks:
        alert = find_runbook(manual, name, procedures).alert
        runbook = manual.runbook_for(alert, service)
    document = next(item for item in manual.documents if item.path == runbook.path) if runbook else procedures[name]
    return Target(
        name=name,
        service=service,
        document=document,
        runbook=runbook,
        parts=runbook.steps if runbook else about(tuple(folder.taken_in(document, procedures)), service),
        commands=about(dict(_commands(document, procedures, set())), service),
    )


def find_runbook(manual: Manual, name: str, besides: Iterable[str] = ()) -> Runbook:
    """A runbook by its alert or file; raises `UnknownDocumentError` with the nearest names, `besides` among them."""
    by_stem = {item.path.stem: item for item in manual.runbooks.values()}
    if runbook := manual.runbooks.get(name) or by_stem.get(name):
        return runbook
    kinds = "runbook or procedure" if besides else "runbook"
    write = choose_from(name, {*manual.runbooks, *by_stem, *besides})
    raise UnknownDocumentError(f"there is no {kinds} {name!r}; {write}. `tix sop list` shows all.")


def _commands(
    item: Document, procedures: Mapping[str, Document], seen: set[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    typed = prose.commands(item)
    for line, part in item.parts:
        if not isinstance(part, Include):
            yield part.id, typed.get(line, {})
        elif part.procedure not in seen:
            seen.add(part.procedure)
            yield from _commands(procedures[part.procedure], procedures, seen)


@dataclass(kw_only=True)
class Run:
    """One time that a target is carried out. `ask` is asked before each step, `allow` before each action."""

    target: Target
    config: Config
    started_at: datetime
    now: Callable[[], datetime]
    ask: Callable[[Step | Action], Answer] = lambda _step: "run"
    allow: Callable[[Action], bool] = lambda _action: False
    looked: list[Looked] = field(default_factory=list)
    left: list[tuple[Step | Action, Said]] = field(default_factory=list)
    """Steps that a person left out, each with the reason."""

    def steps(self) -> Iterator[Looked]:
        """Carries out one step after another. Whoever stops asking for more leaves the rest undone."""
        answer: Answer = "run"
        for part in self.target.parts:
            answer = answer if answer == "quit" else self.ask(part)
            if answer != "run":
                skipped, ended = Said("you skipped it", "您已略過"), Said("you ended the run before it", "您已提前結束")
                self.left.append((part, skipped if answer == "skip" else ended))
                continue
            began = time.monotonic()
            finding = self._act(part) if isinstance(part, Action) else look(part, self._scene(part), self.facts)
            found = Looked(step=part, finding=finding, seconds=time.monotonic() - began)
            self.looked.append(found)
            self._note_start(finding)
            yield found

    @property
    def facts(self) -> dict[str, Any]:
        """What is known so far, as conditions read it."""
        return {item.step.id: {"status": item.finding.status, "value": item.finding.value} for item in self.looked}

    def causes(self) -> list[Cause]:
        """What the runbook concludes, the most likely first; nothing for a procedure."""
        runbook = self.target.runbook
        held = holding(runbook.decisions, self.facts, runbook.against) if runbook else []
        return [self._cause(one) for one in held]

    def undone(self) -> list[tuple[Step | Action, Said]]:
        """The steps of which nothing is known, each with the reason: those that could not look, and those left out."""
        failed = [(item.step, item.finding.reason) for item in self.looked if item.finding.status == "error"]
        done = {item.step.id for item in self.looked} | {part.id for part, _ in self.left}
        rest = [
            (part, Said("the run was interrupted", "執行遭中斷")) for part in self.target.parts if part.id not in done
        ]
        return [*failed, *self.left, *rest]

    def exit_code(self) -> int:
        """0 nothing found, 1 a cause or a failed step, 3 no step could reach what it asks."""
        statuses = [item.finding.status for item in self.looked]
        if "failed" in statuses or self.causes():
            return 1
        return 3 if "error" in statuses and "ok" not in statuses else 0

    def _scene(self, step: Step) -> Scene:
        return Scene(
            config=self.config,
            service=self.target.service,
            started_at=self.started_at,
            now=self.now(),
            timeout=step.timeout,
        )

    def _note_start(self, finding: Finding) -> None:
        """A step that knows when the trouble began sets it for those after it."""
        since = finding.value.get("started_at")
        if isinstance(since, str):
            self.started_at = min(self.started_at, datetime.fromisoformat(since))

    def _act(self, action: Action) -> Finding:
        """Restarts the service, if its condition holds and somebody says yes, and waits until it is healthy."""
        if action.when and not conditions.judge(action.when, self.facts).holds:
            return Finding(status="skipped", reason=action.why_skipped)
        if not self.allow(action):
            return Finding(
                status="skipped", reason=said("nobody said yes to it; nothing was done", "無人同意，未採取任何動作")
            )
        service = action.params.service
        try:
            done = manager_of(self.config, service).restart()
        except StackError as error:
            return Finding(status="error", reason=error.words)
        well = health.wait(self.config, service, action.timeout)
        return Finding(status="ok" if well.healthy else "failed", reason=joined([done.words, well.detail]))

    def _cause(self, held: Held) -> Cause:
        return Cause(
            row=held.row,
            because=self._found(held.row.when),
            contradicts=tuple(one for condition in held.contradicted_by for one in self._found(condition)),
        )

    def _found(self, condition: str) -> tuple[Said, ...]:
        """What the steps found that a condition names."""
        named = conditions.steps_named(condition)
        return tuple(
            joined([item.step.title.said, item.finding.reason], ": ", "：")
            for item in self.looked
            if item.step.id in named
        )


def as_json(run: Run, manual: Manual) -> dict[str, Any]:
    """The whole run: steps, causes, the remedy that on-call would propose, and what could not be carried out."""
    causes = run.causes()
    remedy = causes[0].row.remedy if causes else None
    return {
        "ok": run.exit_code() == 0,
        "document": run.target.name,
        "service": run.target.service,
        "started_at": run.started_at.isoformat(),
        "steps": [
            {
                "id": item.step.id,
                "title": item.step.title.both(),
                "status": item.finding.status,
                **columns(reason=item.finding.reason),
                "value": item.finding.value,
                "seconds": round(item.seconds, 3),
            }
            for item in run.looked
        ],
        "causes": [
            {
                "id": item.row.cause,
                "title": manual.causes[item.row.cause].both(),
                "confidence": item.row.confidence,
                **list_columns(because=item.because, contradicts=item.contradicts),
                "remedy": item.row.remedy,
            }
            for item in causes
        ],
        "cause": causes[0].row.cause if causes else NO_CAUSE if run.target.runbook else None,
        "remedy": _remedy(causes[0].row, run.config) if remedy else None,
        "not_carried_out": [
            {"id": part.id, "title": part.title.both(), **columns(why=why)} for part, why in run.undone()
        ],
    }


def _remedy(row: DecisionRow, config: Config) -> dict[str, str | None]:
    policy = policy_of(row, config)
    return {"command": f"tix {row.remedy}", "policy": policy, **columns(oncall=WOULD[policy])}


def policy_of(row: DecisionRow, config: Config) -> Policy:
    """The policy that is in force now for what a decision calls for."""
    wanted = parse_remedy(row.remedy) if row.remedy else None
    return configured(config, wanted.service if wanted else "", row.cause, datetime.now(UTC)).policy


def plan(target: Target, config: Config) -> dict[str, Any]:
    """What would be looked at, in order, and what would follow from it; nothing is touched."""
    decisions = target.runbook.decisions if target.runbook else ()
    return {
        "document": target.name,
        "dry_run": True,
        "steps": [_planned(part, target) for part in target.parts],
        "decisions": [
            {
                "cause": row.cause,
                "when": row.when,
                "confidence": row.confidence,
                "remedy": f"tix {row.remedy}" if row.remedy else None,
                **columns(oncall=WOULD[policy_of(row, config)] if row.remedy else WOULD["observe"]),
            }
            for row in decisions
        ],
    }


def _planned(part: Step | Action, target: Target) -> dict[str, Any]:
    """One step of the plan."""
    if isinstance(part, Action):
        what: dict[str, Any] = {"action": part.action, "with": {"service": part.params.service}}
    else:
        what = {"check": part.check, "with": part.params, "expect": part.expect}
    return {
        "id": part.id,
        "title": part.title.both(),
        **what,
        "when": part.when,
        "depends_on": list(conditions.steps_named(part.when)) if part.when else [],
        **columns(skipped=part.why_skipped if part.when else None),
        "timeout": part.timeout,
        "failure": part.failure.both() if part.failure else None,
        "commands": dict(target.commands.get(part.id, {})),
    }
