"""What must be right before on-call carries a manual out. What only people need is in `prose.py`; `lint` reports both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tixmaster.oncall import checks
from tixmaster.oncall.checks.describe import value_names
from tixmaster.oncall.sop import conditions, folder, prose
from tixmaster.oncall.sop.about import SERVICE
from tixmaster.oncall.sop.decide import NO_CAUSE, parse_remedy
from tixmaster.oncall.sop.document import NOT_SO, Action, DecisionRow, Document, Include, Step
from tixmaster.oncall.sop.folder import ANY_ALERT, ANY_SERVICE, CAUSES_FILE, PROCEDURES, Folder
from tixmaster.oncall.sop.problem import Problem, choose_from
from tixmaster.oncall.sop.words import explain
from tixmaster.stack.monitoring.dashboards import PANELS

Known = Mapping[str, frozenset[str]]
"""The steps that a condition may name, each with the names of its value; no names where they are not known."""
Said = tuple[int, str, str]
"""Line, what is wrong, what to write."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """`errors` make on-call refuse the manual; `warnings` are what a person who reads it would miss."""

    documents: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.errors and not self.warnings


def lint(path: Path, services: tuple[str, ...]) -> Report:
    """Looks at the whole folder; `services` are the names that steps and remedies may use."""
    found = folder.read(path)
    return Report(
        documents=len(found.documents) + len(found.unread),
        errors=errors(found, services),
        warnings=tuple(sorted(problem for item in found.documents for problem in prose.warnings(item))),
    )


def errors(found: Folder, services: tuple[str, ...]) -> tuple[Problem, ...]:
    """Everything for which on-call refuses the manual, each once, by file and line."""
    problems = [*found.problems, *_whole(found), *_causes(found), *_cycles(found)]
    for item in found.documents:
        said = [*_head(item, found, services), *_parts(item, found, services), *_decisions(item, found, services)]
        problems += [Problem(file=item.path, line=line, what=what, write=write) for line, what, write in said]
    return tuple(sorted(set(problems)))


def _whole(found: Folder) -> Iterator[Problem]:
    """What the folder as a whole lacks."""
    alerts = [item.head.alert for item in found.runbooks]
    if ANY_ALERT not in alerts and not found.unread:
        what = "no document is for the alerts that have no runbook of their own"
        write = f'write one with `alert: "{ANY_ALERT}"`'
        yield Problem(file=found.path / "generic.md", line=1, what=what, write=write)
    causes = found.path / CAUSES_FILE
    if NO_CAUSE not in found.causes and causes.is_file():
        what = f"the cause {NO_CAUSE} is missing, which is named when no decision row holds"
        yield Problem(
            file=causes, line=1, what=what, write=f"add the row `| {NO_CAUSE} | No cause found | 未找出原因 |`"
        )


def _causes(found: Folder) -> Iterator[Problem]:
    """What speaks against a cause is asked of any runbook's findings: each step it names must stand in one."""
    known: dict[str, frozenset[str]] = {}
    for item in found.runbooks:
        known |= _known(folder.taken_in(item, found.procedures))
    for name, cause in found.causes.items():
        if cause.against is not None and not found.unread:
            for line, what, write in _condition(cause.line, f"against {name}", cause.against, known):
                yield Problem(file=found.path / CAUSES_FILE, line=line, what=what, write=write)


def _cycles(found: Folder) -> Iterator[Problem]:
    """Procedures that come round to themselves, each circle once, at the line that closes it."""
    procedures = found.procedures
    done: set[str] = set()

    def follow(name: str, chain: tuple[str, ...]) -> Iterator[Problem]:
        for line, part in procedures[name].parts:
            if not isinstance(part, Include) or part.procedure not in procedures:
                continue
            if part.procedure in (*chain, name):
                circle = (*chain, name)[(*chain, name).index(part.procedure) :]
                what = f"the procedures go round in a circle: {' → '.join((*circle, part.procedure))}"
                write = "take out this step, or move what both need into a procedure of its own"
                yield Problem(file=procedures[name].path, line=line, what=what, write=write)
            elif part.procedure not in done:
                yield from follow(part.procedure, (*chain, name))
        done.add(name)

    for name in sorted(procedures):
        if name not in done:
            yield from follow(name, ())


def _head(item: Document, found: Folder, services: tuple[str, ...]) -> Iterator[Said]:
    """Names in the front matter that nothing answers to, and alerts that have a runbook already."""
    for index, name in enumerate(item.head.services):
        if name not in services:
            line = item.place(1, f"services[{index}]", "services")
            yield line, f"services: there is no service {name!r} in tixmaster.toml", choose_from(name, services)
    for other in found.runbooks:
        if other.path < item.path and other.head.alert == item.head.alert:
            what = f"{other.path.name} is the runbook of the alert {item.head.alert} already"
            yield item.place(1, "alert"), what, "name another alert, or make one file of the two"
    alerts = {other.head.alert for other in found.runbooks if other.head.alert}
    for key, names in (("explains", item.head.explains), ("explains-dependents", item.head.explains_dependents)):
        for index, name in enumerate(names):
            if name not in alerts and not found.unread:
                line = item.place(1, f"{key}[{index}]", key)
                yield (
                    line,
                    f"{key}: no runbook is for the alert {name!r}",
                    choose_from(name, alerts - {ANY_ALERT, ANY_SERVICE}),
                )
    panels = {panel.uid for panel in PANELS}
    for index, name in enumerate(item.head.panels):
        if name not in panels:
            line = item.place(1, f"panels[{index}]", "panels")
            yield line, f"panels: there is no panel {name!r}", choose_from(name, panels)


@dataclass(kw_only=True)
class _Ids:
    """The steps of a document as its conditions may name them, while it is read from top to bottom."""

    everywhere: Known
    earlier: dict[str, int] = field(default_factory=dict)
    open_ended: bool = False
    """A procedure that is taken in could not be read: nobody knows what its steps are called."""


def _parts(item: Document, found: Folder, services: tuple[str, ...]) -> Iterator[Said]:
    """Steps, actions and includes from top to bottom."""
    ids = _Ids(
        everywhere=_known(folder.taken_in(item, found.procedures)),
        open_ended=_open_ended(item, found, set()),
    )
    seen = folder.already_in(item)
    for line, part in item.parts:
        if isinstance(part, Include):
            yield from _include(item, line, part, found)
        elif isinstance(part, Step):
            yield from _when(item, line, part, ids)
            yield from _check(item, line, part, services)
        else:
            yield from _when(item, line, part, ids)
            yield from _action(item, line, part, services)
        brought = {step.id for step in folder.steps_of(part, found.procedures, seen)}
        for name in sorted(brought & ids.earlier.keys()):
            what = f"the step id {name!r} is used twice: it stands in line {ids.earlier[name]} already"
            yield item.place(line, "id"), what, f"give one of them another id, for example `{name}_2`"
        ids.earlier |= dict.fromkeys(brought - ids.earlier.keys(), line)


def _open_ended(item: Document, found: Folder, seen: set[str]) -> bool:
    """Whether the document takes in, perhaps through others, a procedure that is not there or could not be read."""
    for name in {part.procedure for _, part in item.parts if isinstance(part, Include)} - seen:
        seen.add(name)
        if name not in found.procedures or _open_ended(found.procedures[name], found, seen):
            return True
    return False


def _include(item: Document, line: int, part: Include, found: Folder) -> Iterator[Said]:
    known = {*found.procedures, *found.unread_procedures}
    if part.procedure not in known:
        what = f"there is no procedure {part.procedure!r} in {PROCEDURES}/"
        yield item.place(line, "procedure"), what, choose_from(part.procedure, known)
    above = [other for at, other in item.parts if at < line]
    if part in above:
        what = f"the procedure {part.procedure} is taken in above already, and is carried out once"
        yield item.place(line, "procedure"), what, "take out this block"


def _check(item: Document, line: int, step: Step, services: tuple[str, ...]) -> Iterator[Said]:
    """The check, its parameters and what is expected of it."""
    known = checks.registered().get(step.check)
    if known is None:
        what = f"step {step.id}: there is no check {step.check!r}"
        yield item.place(line, "check"), what, choose_from(step.check, set(checks.registered()))
        return
    try:
        params = msgspec.convert(step.params, known.params)
    except msgspec.ValidationError as error:
        key, what, write = explain(error, known.params, "with")
        place = item.place(line, f"with.{key}", f"with.{key.partition('[')[0]}", "with")
        yield place, f"step {step.id}: {what}", write
    else:
        service = getattr(params, "service", None)
        if isinstance(service, str) and service not in (*services, SERVICE):
            yield item.place(line, "with.service"), *_no_service(step.id, service, services)
    if step.expect is not None:
        known_value = {"value": value_names(step.check)}
        yield from _condition(item.place(line, "expect"), f"step {step.id}: expect", step.expect, known_value)


def _action(item: Document, line: int, part: Action, services: tuple[str, ...]) -> Iterator[Said]:
    """Only procedures act, and only on services that there are."""
    if item.path.parent.name != PROCEDURES:
        what = f"step {part.id}: a document outside {PROCEDURES}/ does not act; in a runbook the decision table does"
        yield item.place(line, "action"), what, "move the step into a procedure, or write a remedy into the table"
    if part.params.service not in (*services, SERVICE):
        yield item.place(line, "with.service"), *_no_service(part.id, part.params.service, services)


def _no_service(step: str, service: str, services: tuple[str, ...]) -> tuple[str, str]:
    what = f"step {step}: there is no service {service!r} in tixmaster.toml"
    return what, choose_from(service, services)


def _when(item: Document, line: int, part: Step | Action, ids: _Ids) -> Iterator[Said]:
    """When a step is carried out: by what was found above it."""
    if part.when is None:
        if part.skipped != NOT_SO:
            what = f"step {part.id}: `skipped` says why it is left out, but without `when` it never is"
            yield item.place(line, "skipped"), what, "add `when: …`, or take `skipped` out"
        return
    if isinstance(part.skipped, str):
        what = f"missing translation: step {part.id} says in one language only why it is skipped"
        yield item.place(line, "skipped"), what, f"write `skipped: {{en: {part.skipped}, zh-TW: …}}`"
    place, name = item.place(line, "when"), f"step {part.id}: when"
    broken = list(_condition(place, name, part.when, _widened(ids.everywhere, part.when, ids.open_ended)))
    yield from broken
    later = [one for one in conditions.names(part.when) if one in ids.everywhere and one not in ids.earlier]
    if later and not broken:
        what = f"{name}: `{part.when}` asks about {_quoted(later)}, which is not known yet: it stands here or below"
        yield place, what, "move this step below it, or ask about an earlier one"


def _known(steps: Iterable[Step | Action]) -> Known:
    known = checks.registered()
    return {
        step.id: value_names(step.check) if isinstance(step, Step) and step.check in known else frozenset[str]()
        for step in steps
    }


def _widened(known: Known, condition: str, open_ended: bool) -> Known:
    """What a condition may name: where a procedure could not be read, whatever it likes."""
    return {**dict.fromkeys(conditions.names(condition), frozenset[str]()), **known} if open_ended else known


def _condition(line: int, name: str, condition: str, known: Known) -> Iterator[Said]:
    """Whether a condition is CEL over known names."""
    if why := conditions.broken(condition):
        yield line, f"{name}: `{condition}` is not CEL: {why}", 'write for example `database.status == "failed"`'
        return
    missing = [one for one in conditions.names(condition) if one not in known]
    if missing:
        what = f"{name}: `{condition}` names {_quoted(missing)}, and no step is called that"
        if list(known) == ["value"]:
            what = (
                f"{name}: `{condition}` names {_quoted(missing)}; it can only ask about `value`, what the check found"
            )
        yield line, what, choose_from(missing[0], known)
    for step, value in conditions.fields(condition):
        if known.get(step) and value not in known[step]:
            what = f"{name}: `{condition}` reads `{value}`, and what `{step}` finds has no such value"
            yield line, what, choose_from(value, known[step])


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _decisions(item: Document, found: Folder, services: tuple[str, ...]) -> Iterator[Said]:
    """The decision table, row by row."""
    if item.decisions and item.head.alert is None:
        what = "only a runbook decides, and this document is for no alert: nobody reads this table"
        yield item.decisions[0].line, what, "move it into the runbooks, or add `alert:` to the front matter"
        return
    steps = _known(step for step in folder.taken_in(item, found.procedures) if isinstance(step, Step))
    open_ended = _open_ended(item, found, set())
    first: dict[str, int] = {}
    for row in item.decisions:
        yield from _row(row, found, services)
        sound = conditions.broken(row.when) is None
        yield from _condition(row.line, "decision", row.when, _widened(steps, row.when, open_ended))
        if sound and not conditions.names(row.when):
            what = f"decision: `{row.when}` asks about no step: it holds always or never"
            yield row.line, what, "name what a step found"
        same = "".join(row.when.split())
        if same in first:
            what = f"decision: the condition of line {first[same]} again: of two rows that hold together one never wins"
            yield row.line, what, "take one out, or tell their conditions apart"
        first.setdefault(same, row.line)


def _row(row: DecisionRow, found: Folder, services: tuple[str, ...]) -> Iterator[Said]:
    """The cause and the remedy of a row."""
    if row.cause not in found.causes and found.causes:
        what = f"decision: the cause {row.cause!r} is not in {CAUSES_FILE}"
        yield row.line, what, f"add its row there, or {choose_from(row.cause, set(found.causes))}"
    if row.remedy is None:
        return
    remedy = parse_remedy(row.remedy)
    if remedy is None:
        what = f"decision: the remedy {row.remedy!r} is unknown"
        yield row.line, what, "write `restart SERVICE`, or `–` where a person must act"
    elif remedy.service not in (*services, SERVICE):
        what = f"decision: there is no service {remedy.service!r} in tixmaster.toml"
        yield row.line, what, choose_from(remedy.service, services)
