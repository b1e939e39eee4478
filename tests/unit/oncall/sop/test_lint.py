"""Lint: the file, the line, what is wrong, what to write; each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.oncall.errors import SopError
from tixmaster.oncall.sop import lint
from tixmaster.oncall.sop.library import load
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL, Change, Lint

ACTION = """
```step
id: acted
title: {en: Restart, zh-TW: 重啟}
action: restart
with: {service: backend}
when: process.status == "failed"
```

```powershell
pm2 restart tixmaster-backend
```

```bash
pm2 restart tixmaster-backend
```
"""


def test_the_shipped_manual_is_clean() -> None:
    """Nothing to mend, and nothing that a reader misses."""
    report = lint.lint(MANUAL, SERVICE_NAMES)
    assert [str(problem) for problem in (*report.errors, *report.warnings)] == []


@pytest.mark.parametrize(
    ("old", "new", "what", "write"),
    [
        ("check: tcp", "check: tpc", "there is no check 'tpc'", "write `tcp`"),
        ("tries: 2}", "tries: two}", "`with.tries` is text and must be a whole number", "write `tries: 3`"),
        ("tries: 2}", "tries: 99}", "`with.tries` is out of bounds", "<= 10"),
        ("tries: 2}", "tires: 2}", "there is no key `tires` in `with`", "write `tries`"),
        ("with: {service: postgres, tries: 2}", "with: {tries: 2}", "`with` has no `service`", "add `service: …`"),
        ("{service: postgres, tries", "{service: postgress, tries", "there is no service 'postgress'", "`postgres`"),
        ("timeout: 3", "timeout: 300", "`timeout` is out of bounds", "<= 60"),
        ("timeout: 3", "time-out: 3", "there is no key `time-out`", "write `timeout`"),
        ("timeout: 3", "timeout: 3\nskipped: never mind", "without `when` it never is", "add `when: …`"),
        ("timeout: 3", "timeout: 3\nexpect: value.opne", "no such value", "write `open`"),
        ("timeout: 3", "timeout: 3\nexpect: database.status", "can only ask about `value`", "write"),
        ("timeout: 3", 'timeout: 3\nwhen: database.status == "ok"', "is not known yet", "move this step below it"),
        ('when: database_port.status == "ok"', "when: database_port.status ==", "is not CEL: at character", "write"),
        ('when: database_port.status == "ok"', 'when: port.status == "ok"', "no step is called that", "write"),
        ('when: database_port.status == "ok"', "when: database_port.value.opem", "no such value", "write `open`"),
        ("id: database_port", "id: Database port", "`id` does not look as it should", "matches"),
    ],
)
def test_a_step_that_is_wrong(change: Change, look: Lint, old: str, new: str, what: str, write: str) -> None:
    """In a procedure that many runbooks take in: the place of the key, once."""
    line = change("procedures/database.md", old, new)
    found = [item for item in look().errors if item.file.name == "database.md" and what in item.what]
    assert len(found) == 1, look().errors
    assert write in found[0].write
    assert line <= found[0].line <= line + new.count("\n") + old.count("\n")


def test_yaml_that_is_broken_is_placed(change: Change, look: Lint) -> None:
    """The line in the file, not in the block; what takes the procedure in is not blamed for it."""
    line = change("procedures/database.md", "check: tcp", "check: [tcp")
    problems = look().errors
    assert [(item.file.name, item.line - line in (0, 1)) for item in problems] == [("database.md", True)]
    assert "not YAML" in problems[0].what


def test_procedures_that_go_round_in_a_circle(folder: Path, look: Lint) -> None:
    """The chain is said, once, at the line that closes it."""
    for one, other in (("logs", "database"), ("database", "restart"), ("restart", "logs")):
        path = folder / "procedures" / f"{one}.md"
        path.write_text(path.read_text(encoding="utf-8") + f"\n```step\nprocedure: {other}\n```\n", encoding="utf-8")
    said = [item for item in look().errors if "circle" in item.what]
    assert [item.what.partition(": ")[2] for item in said] == ["database → restart → logs → database"]
    assert said[0].file.name == "logs.md"


def test_a_procedure_may_take_in_another(folder: Path) -> None:
    """Two that share a third carry it out once."""
    path = folder / "procedures" / "restart.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n```step\nprocedure: logs\n```\n", encoding="utf-8")
    steps = [step.id for step in load(folder, SERVICE_NAMES).runbooks["InstanceDown"].steps]
    assert steps.count("errors") == 1
    assert steps.index("container") < steps.index("errors") < steps.index("database_port")


def test_only_procedures_act(folder: Path, look: Lint) -> None:
    """A runbook that takes one in leaves the act out; one that acts by itself is refused."""
    path = folder / "procedures" / "restart.md"
    path.write_text(path.read_text(encoding="utf-8") + ACTION, encoding="utf-8")
    assert look().ok
    assert "acted" not in [step.id for step in load(folder, SERVICE_NAMES).runbooks["InstanceDown"].steps]
    book = folder / "generic.md"
    text = book.read_text(encoding="utf-8").replace(
        "## Mitigation", ACTION.replace("acted", "again") + "\n## Mitigation"
    )
    book.write_text(text, encoding="utf-8")
    assert any("does not act" in item.what and item.file == book for item in look().errors)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("explains: [", "explains: [HighErorRate, ", "no runbook is for the alert 'HighErorRate'"),
        ("alert: InstanceDown", "alert: InstanceDown\npanels: [sales]", "there is no panel 'sales'"),
        ("alert: InstanceDown", "alert: HighErrorRate", "is the runbook of the alert HighErrorRate already"),
        ("alert: InstanceDown", "alert: InstanceDown\nalert: InstanceDown", "stands here a second time"),
        ("| 0.97 |", "| 1.97 |", "this is no decision"),
        ("answers.value.timed_out`", "answers.value.timedout`", "no such value"),
        ("`restart backend`", "`restart backend now`", "the remedy 'restart backend now' is unknown"),
        ("`restart backend`", "`restart backand`", "there is no service 'backand'"),
        ("| `backend-not-running` |", "| `backend-not-runing` |", "the cause 'backend-not-runing' is not in"),
        ('`process.status == "ok" && answers.value.timed_out`', "`true`", "asks about no step"),
    ],
)
def test_a_runbook_that_is_wrong(change: Change, look: Lint, old: str, new: str, what: str) -> None:
    """Front matter and decision table, each with the line."""
    line = change("InstanceDown.md", old, new)
    found = [item for item in look().errors if what in item.what]
    assert len(found) == 1, look().errors
    assert abs(found[0].line - line) <= 1 or "already" in what
    assert found[0].write


def test_a_condition_that_stands_twice(folder: Path, look: Lint) -> None:
    """The second row never wins, whatever blanks it has."""
    path = folder / "Watchdog.md"
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("| `disk-full`"))
    lines.insert(at + 1, lines[at].replace(" && ", "  &&  "))
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [(item.line, f"line {at + 1}" in item.what) for item in look().errors] == [(at + 2, True)]


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("procedures/changes.md", "failure:", "# failure:", "what its failure means"),
        ("procedures/changes.md", "```powershell", "```text", "types without TixMaster in PowerShell"),
        ("procedures/changes.md", "```bash", "```text", "types without TixMaster in bash"),
        ("InstanceDown.md", "## Impact · 影響", "## Impact", "the heading “Impact” has no Chinese"),
        ("InstanceDown.md", "## Impact · 影響", "### Impact · 影響", "has no section Impact"),
    ],
)
def test_what_only_a_reader_misses(
    folder: Path, change: Change, look: Lint, name: str, old: str, new: str, what: str
) -> None:
    """Lint says it; on-call takes the manual all the same."""
    change(name, old, new)
    assert [what in item.what for item in look().warnings if item.file.name == Path(name).name] == [True]
    assert load(folder, SERVICE_NAMES).runbooks


def test_prose_in_english_alone_is_a_missing_translation(folder: Path, look: Lint) -> None:
    """With the line of the paragraph; a line in both languages and code need no second one."""
    path = folder / "purpose.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n## Both · 皆是\n\nYes · 是\n\n`tix up`\n\n## New · 新\n\nOnly this.\n", encoding="utf-8")
    (problem,) = look().warnings
    assert (problem.line, problem.what) == (
        text.count("\n") + 10,
        "missing translation: this section says it in English only",
    )


def test_every_problem_of_a_folder_is_said_at_once(change: Change, folder: Path) -> None:
    """And the manual is refused with all of them."""
    change("procedures/database.md", "check: tcp", "check: tpc")
    change("Watchdog.md", "alert: Watchdog", "alarm: Watchdog")
    with pytest.raises(SopError) as refused:
        load(folder, SERVICE_NAMES)
    assert {Path(text.split(":")[0]).name for text in refused.value.problems} == {"database.md", "Watchdog.md"}
