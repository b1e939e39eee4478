"""What the recorded tests say of the decision tables: which rows win in which test, and which in none."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from tixmaster.oncall.report.words import Language
from tixmaster.oncall.sop import recorded
from tixmaster.oncall.sop.document import DecisionRow
from tixmaster.oncall.sop.library import Manual, Runbook
from tixmaster.oncall.sop.recorded import Outcome, Report


@dataclass(frozen=True, kw_only=True)
class Row:
    """A decision row with the tests in which it wins."""

    row: DecisionRow
    tests: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class Covered:
    """A runbook's rows, and its tests that found something else than they expected."""

    runbook: Runbook
    rows: tuple[Row, ...]
    failed: tuple[Outcome, ...]

    @property
    def reached(self) -> int:
        return sum(bool(one.tests) for one in self.rows)


class Coverage:
    """The outcomes for the manual in force; carried out anew only when the manual or its tests have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: tuple[Manual, tuple[tuple[str, int], ...]] | None = None
        self._report: Report | None = None
        self._shown: dict[Language, Markup] = {}
        self._worker: threading.Thread | None = None

    def of(self, manual: Manual, folder: Path) -> Report | None:
        """The report; None while the tests are being carried out, which takes a second or so: ask again then."""
        tests = sorted((folder / recorded.TESTS).glob("*.y*ml"))
        stamp = tuple((path.name, path.stat().st_mtime_ns) for path in tests)
        with self._lock:
            if self._wanted is None or self._wanted[0] is not manual or self._wanted[1] != stamp:
                self._wanted, self._report, self._shown = (manual, stamp), None, {}
                self._worker = threading.Thread(target=self._carry_out, args=(self._wanted, folder), daemon=True)
                self._worker.start()
            return self._report

    def shown(self, report: Report, language: Language, show: Callable[[Report], Markup]) -> Markup:
        """The report as `show` makes it, once in each language."""
        with self._lock:
            if report is not self._report:
                return show(report)
            if language not in self._shown:
                self._shown[language] = show(report)
            return self._shown[language]

    def wait(self) -> None:
        """Until the report that was asked for last is there."""
        if self._worker:
            self._worker.join()

    def _carry_out(self, wanted: tuple[Manual, tuple[tuple[str, int], ...]], folder: Path) -> None:
        report = recorded.run(wanted[0], folder)
        with self._lock:
            if self._wanted is wanted:
                self._report = report


def by_runbook(manual: Manual, report: Report) -> Iterator[Covered]:
    """Each runbook with what its tests reach, those with gaps or failures first."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for one in report.outcomes:
        outcomes[one.file.stem].append(one)
    found = [_covered(runbook, outcomes[runbook.path.stem]) for runbook in manual.runbooks.values()]
    yield from sorted(
        found,
        key=lambda one: (not one.failed, one.reached == len(one.rows), one.runbook.alert == "*", one.runbook.alert),
    )


def _covered(runbook: Runbook, mine: list[Outcome]) -> Covered:
    return Covered(
        runbook=runbook,
        rows=tuple(
            Row(row=row, tests=tuple(one for one in mine if one.row and one.row.line == row.line))
            for row in runbook.decisions
        ),
        failed=tuple(one for one in mine if not one.ok),
    )
