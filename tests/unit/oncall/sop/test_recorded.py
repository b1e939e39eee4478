"""Recorded tests of decision tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.oncall.sop import recorded
from tixmaster.oncall.sop.library import load
from tixmaster.oncall.sop.recorded import Report
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL, Change


def tried(folder: Path, alert: str | None = None) -> Report:
    return recorded.run(load(folder, SERVICE_NAMES), folder, alert)


def test_the_shipped_tests_hold_and_reach_every_row() -> None:
    """Every row of every table wins in some test."""
    report = tried(MANUAL)
    assert [str(problem) for problem in report.problems] == []
    assert report.rows == report.reached > 100


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "cause: backend-out-of-memory",
            "cause: backend-hangs",
            "expected backend-hangs with the remedy `restart backend`",
        ),
        ("  remedy: restart backend\n", "", "expected backend-out-of-memory without a remedy"),
        ("cause: backend-out-of-memory", "cause: gremlins", "there is no cause 'gremlins'"),
        ("    container:", "    containr:", "the runbook has no step 'containr'"),
        ("oom_killed", "oom_kiled", "has no value 'oom_kiled'"),
        ("  cause: backend-out-of-memory", "  couse: backend-out-of-memory", "there is no key `couse`"),
        ("    container: {", "    container: {{", "not YAML"),
    ],
)
def test_a_test_that_does_not_hold(folder: Path, change: Change, old: str, new: str, what: str) -> None:
    """Is said with its file and line, expected and found."""
    change("tests/InstanceDown.yaml", old, new)
    said = [str(problem) for problem in tried(folder, "InstanceDown").problems]
    assert any(what in text and "InstanceDown.yaml:" in text for text in said), said


def test_a_row_that_no_test_reaches(folder: Path) -> None:
    """Is said at its line; only the rows of the alert that was asked about."""
    (folder / "tests" / "Watchdog.yaml").write_text("[]", encoding="utf-8")
    report = tried(folder, "Watchdog")
    rows = load(folder, SERVICE_NAMES).runbooks["Watchdog"].decisions
    assert [problem.line for problem in report.problems] == [row.line for row in rows]
    assert (report.rows, report.reached) == (len(rows), 0)


def test_a_file_of_tests_that_nobody_carries_out(folder: Path) -> None:
    """A name that is no runbook's is said, with the nearest."""
    (folder / "tests" / "Watchdog.yaml").rename(folder / "tests" / "Watchdogs.yaml")
    problem = next(item for item in tried(folder).problems if item.file.name == "Watchdogs.yaml")
    assert "`Watchdog`" in problem.write
