"""`tix sop test`: do the decision tables name the cause and the remedy that people recorded?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tixmaster.cli.output import console, mark, print_json
from tixmaster.cli.sop.read import as_line

if TYPE_CHECKING:
    from tixmaster.oncall.sop.recorded import Report


def try_decisions(alert: str | None = None, /, *, json: bool = False) -> int:
    """Carry out the recorded tests of the decision tables (sop/tests): findings → expected cause and remedy.

    Parameters
    ----------
    alert
        Only those of this alert's runbook.
    json
        Print one JSON document.
    """
    from tixmaster.oncall.sop import recorded
    from tixmaster.oncall.sop.library import load
    from tixmaster.oncall.sop.run import find_runbook
    from tixmaster.stack import config

    loaded = config.load()
    manual = load(loaded.sop, loaded.service_names)
    wanted = find_runbook(manual, alert).alert if alert else None
    report = recorded.run(manual, loaded.sop, wanted)
    if json:
        print_json(
            {
                "ok": not report.problems,
                "tests": [item.as_json() for item in report.outcomes],
                "rows": report.rows,
                "reached": report.reached,
                "problems": [item.as_json() for item in report.problems],
            }
        )
    else:
        _print_report(report)
    return 1 if report.problems else 0


def _print_report(report: Report) -> None:
    out = console()
    for problem in report.problems:
        out.print(f"{mark(False)} {as_line(problem)}", soft_wrap=True)
    said = f"{len(report.outcomes)} tests, {report.reached} of {report.rows} rows"
    out.print(f"{mark(not report.problems)} {said}")
