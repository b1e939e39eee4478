"""Stage 3, sop: which runbook this incident is handled by."""

from __future__ import annotations

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import incidents, timeline
from tixmaster.stack.said import said


def choose(desk: Desk, case: Case) -> None:
    """Takes in a changed manual and notes the runbook in force for the incident's alert."""
    desk.library.refresh()
    with desk.database.write() as connection:
        incident = incidents.get(connection, case.number)
        runbook = desk.library.runbook_for(incident["alertname"], incident["service"])
        timeline.append(
            connection,
            case.number,
            "runbook",
            said(
                "Runbook {title} ({file}), {count} steps",
                "作業程序「{title}」（{file}），{count} 個步驟",
                title=runbook.title.said,
                file=runbook.path.name,
                count=len(runbook.steps),
            ),
            at=desk.now(),
            key=case.key("runbook"),
            problems=list(desk.library.problems),
        )
