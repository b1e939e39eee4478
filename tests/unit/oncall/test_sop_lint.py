"""Lint says where, what and what to write; recorded tests find rows that nobody tests; the schema is up to date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tixmaster.oncall.sop import lint, recorded, schema
from tixmaster.oncall.sop.library import load
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL

ROOT = Path(__file__).parents[3]
ERROR_RUNBOOK, DATABASE = "HighErrorRate.md", "procedures/database.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped manual to break."""
    return shutil.copytree(MANUAL, tmp_path / "sop")


def change(folder: Path, name: str, old: str, new: str) -> int:
    """Replaces the first `old` in a document; returns its line."""
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_manual_is_clean_and_every_row_is_tested() -> None:
    """In both languages, with commands for both shells."""
    assert lint.lint(MANUAL, SERVICE_NAMES).ok
    report = recorded.run(load(MANUAL, SERVICE_NAMES), MANUAL)
    assert not report.problems
    assert report.rows == report.reached > 100


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        (ERROR_RUNBOOK, "check: onset", "check: onsett", "`onset`"),
        (ERROR_RUNBOOK, "unit: percent", "unti: percent", "unti"),
        (ERROR_RUNBOOK, "procedure: database", "procedure: databse", "`database`"),
        (DATABASE, "{service: postgres", "{service: postgers", "postgers"),
        (DATABASE, 'database_port.status == "ok"', 'database_prot.status == "ok"', "database_prot"),
        (ERROR_RUNBOOK, "`restart postgres`", "`explode postgres`", "explode"),
        (ERROR_RUNBOOK, "| 0.97 |", "| 1.5 |", "confidence"),
    ],
)
def test_an_error_is_named_once_with_its_line(folder: Path, name: str, old: str, new: str, what: str) -> None:
    """Also in a procedure that many runbooks take in."""
    line = change(folder, name, old, new)
    problems = [item for item in lint.lint(folder, SERVICE_NAMES).errors if item.file == folder / name]
    told = [item for item in problems if what in str(item)]
    assert len(told) == 1
    assert abs(told[0].line - line) <= 6


def test_a_circle_of_procedures_is_told_with_its_way(folder: Path) -> None:
    """And not followed for ever."""
    for name, other in (("logs", "machine"), ("machine", "logs")):
        file = folder / "procedures" / f"{name}.md"
        file.write_text(f"{file.read_text(encoding='utf-8')}\n```step\nprocedure: {other}\n```\n", encoding="utf-8")
    told = " ".join(str(item) for item in lint.lint(folder, SERVICE_NAMES).errors)
    assert "logs" in told
    assert "machine" in told


@pytest.mark.parametrize(
    ("old", "new"), [("```bash", "```text"), ("```powershell", "```text"), ("failure:", "# failure:")]
)
def test_what_a_reader_misses_is_a_warning(folder: Path, old: str, new: str) -> None:
    """It fails lint, and on-call takes the manual all the same: somebody must be woken."""
    change(folder, ERROR_RUNBOOK, old, new)
    report = lint.lint(folder, SERVICE_NAMES)
    assert (report.errors, len(report.warnings) > 0, report.ok) == ((), True, False)
    assert load(folder, SERVICE_NAMES).runbooks


def test_a_missing_translation_is_told(folder: Path) -> None:
    """With the line of the text that has none."""
    text = (folder / ERROR_RUNBOOK).read_text(encoding="utf-8")
    impact = text[text.index("## Impact") : text.index("## Diagnosis")]
    line = change(folder, ERROR_RUNBOOK, impact, "## Impact · 影響\n\nOnly in English, this stands here alone.\n\n")
    told = [item for item in lint.lint(folder, SERVICE_NAMES).warnings if item.file.name == ERROR_RUNBOOK]
    assert any(abs(item.line - line) <= 2 for item in told)


def test_a_recorded_test_that_fails_and_a_row_without_one_are_told(folder: Path) -> None:
    """What was expected and what was found; which row nobody tests."""
    (folder / "tests" / "HighErrorRate.yaml").write_text(
        "- {name: wrong, findings: {}, cause: backend-hangs, remedy: restart backend}\n", encoding="utf-8"
    )
    report = recorded.run(load(folder, SERVICE_NAMES), folder, "HighErrorRate")
    told = [str(item) for item in report.problems]
    assert any("backend-hangs" in text and "no-cause-found" in text for text in told)
    assert len(told) == report.rows + 1


def test_the_schema_in_docs_is_up_to_date() -> None:
    """`tix sop schema > docs/sop.schema.json` makes it anew."""
    assert (ROOT / "docs" / "sop.schema.json").read_text(encoding="utf-8") == schema.text()
