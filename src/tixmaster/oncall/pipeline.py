"""The way of an alert, from the webhook to the closed record: the stages in their order, and the durable runs over them.

To add, drop or reorder a stage, change these lists. Stages hand over through the store: each reads the rows of the stages
before it and writes its own, so that a stage that is carried out again after a crash changes nothing twice. Runs are DBOS
workflows: a run that a crash ended goes on, at the next start, from the stage it was in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec

import sqlalchemy as sa
import structlog
from dbos import DBOS, SetWorkflowID

from tixmaster.oncall import close, diagnosis, remedy
from tixmaster.oncall.case import Case
from tixmaster.oncall.checks.carry_out import carry_out as carry_out_checks
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.gather import gather
from tixmaster.oncall.metrics import OncallMetrics, RunOutcome
from tixmaster.oncall.report import tell
from tixmaster.oncall.sop.choose import choose
from tixmaster.oncall.sop.decide import NO_CAUSE
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.schema import incident
from tixmaster.oncall.store.trouble import passes, wait_out
from tixmaster.stack.said import Said, said, system

P = ParamSpec("P")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of an investigation: a word for the timeline and the metrics, and what it does."""

    name: str
    run: Callable[[Desk, Case], None]
    chinese: str

    @property
    def words(self) -> Said:
        """What people call it."""
        return Said(self.name, self.chinese)


# 1 intake    (intake.store)            the webhook becomes stored events, before the answer
# 2 incident  (incident.absorb_waiting) events open, join or end incidents
INVESTIGATION = (
    Stage(name="sop", run=choose, chinese="選擇程序"),  # 3
    Stage(name="checks", run=carry_out_checks, chinese="檢查"),  # 4
    Stage(name="evidence", run=gather, chinese="蒐證"),  # 5
    Stage(name="diagnosis", run=diagnosis.conclude, chinese="診斷"),  # 6
    Stage(name="remedy", run=remedy.propose, chinese="處置"),  # 7, carried out once approved: see `act`
    Stage(name="report", run=tell.page, chinese="通報"),  # 8
)
# 9 close     (close.ready)             resolved and quiet: see `end`


def _durable(name: str, method: Callable[..., None]) -> Callable[..., None]:
    """The method as a workflow; DBOS marks what it wraps, and a bound method takes no marks."""

    def workflow(*args: int | str) -> None:
        method(*args)

    return DBOS.workflow(name=name)(workflow)


def _step(name: str, work: Callable[P, None], *args: P.args, **more: P.kwargs) -> None:
    """A step of a workflow: done once as far as the engine knows, and patient where disk or database are away."""
    DBOS.run_step({"name": name}, partial(wait_out, work, *args, **more))


class Pipeline:
    """Starts the durable runs. One per process: DBOS keeps one registry of workflows."""

    def __init__(self, desk: Desk, metrics: OncallMetrics) -> None:
        self._desk = desk
        self._metrics = metrics
        self._investigate = _durable("investigate", self._investigation)
        self._act = _durable("act", self._remedy)
        self._end = _durable("end", self._closing)

    def investigate(self, case: Case) -> None:
        """Begins the run of a case; a run that exists already is left alone."""
        with SetWorkflowID(f"{case.name}:run-{case.run}"):
            DBOS.start_workflow(self._investigate, case.number, case.run)

    def act(self, number: int, action: int) -> None:
        """Begins to carry out an approved action."""
        with SetWorkflowID(f"action-{action}"):
            DBOS.start_workflow(self._act, number, action)

    def end(self, number: int, *, by: str = timeline.ONCALL) -> None:
        """Begins to close an incident, as often as it is opened again."""
        with self._desk.database.read() as connection:
            earlier = timeline.count(connection, number, "closed")
        with SetWorkflowID(f"close-{number}-{earlier}"):
            DBOS.start_workflow(self._end, number, by)

    def close(self, number: int, *, by: str) -> None:
        """Closes an incident for a person, before the answer. What follows is promised first: a crash cannot lose it."""
        with self._desk.database.read() as connection:
            incidents.get(connection, number)
        self.end(number, by=by)
        close.finish(self._desk, number, by=by)

    def _investigation(self, number: int, run: int) -> None:
        case = Case(number=number, run=run)
        self._desk.artist.be_ready()  # by the time there is something to draw
        for stage in INVESTIGATION:
            _step(stage.name, self._carry_out, stage, case)
        _step("ended", self._run_ended, case)

    def _remedy(self, number: int, action: int) -> None:
        _step("carry out", remedy.carry_out, self._desk, action)
        _step("report", tell.outcome, self._desk, number, action)

    def _closing(self, number: int, by: str = timeline.ONCALL) -> None:
        _step("close", self._close, number, by)
        _step("report", tell.recovered, self._desk, number)

    def _carry_out(self, stage: Stage, case: Case) -> None:
        """Carries out one stage. One that breaks is put on the timeline and the rest goes on: the mail must go out."""
        try:
            with self._metrics.stage(stage.name):
                stage.run(self._desk, case)
        except Exception as error:
            if passes(error):  # the state is away: the stage is carried out again when it is back
                raise
            log.exception("stage-failed", stage=stage.name, incident=case.name, run=case.run)
            with self._desk.database.write() as connection:
                timeline.append(
                    connection,
                    case.number,
                    "stage-failed",
                    said(
                        "The stage {stage} broke: {kind}: {error}",
                        "階段「{stage}」發生錯誤：{kind}：{error}",
                        stage=stage.words,
                        kind=type(error).__name__,
                        error=system(error),
                    ),
                    at=self._desk.now(),
                    key=_failure(case, stage),
                )

    def _close(self, number: int, by: str) -> None:
        with self._metrics.stage("close"):
            close.finish(self._desk, number, by=by)

    def _run_ended(self, case: Case) -> None:
        with self._desk.database.write() as connection:
            connection.execute(sa.update(incident).where(incident.c.number == case.number).values(run_ended=case.run))
            outcome = _outcome(connection, case)
        self._metrics.run_ended(outcome)


def _failure(case: Case, stage: Stage) -> str:
    """The key of the timeline row that says that the stage broke."""
    return case.key(f"failed:{stage.name}")


def _outcome(connection: sa.Connection, case: Case) -> RunOutcome:
    """How the investigation ended, from what it left behind: a run that a crash broke in two is counted as one."""
    failures = {_failure(case, stage) for stage in INVESTIGATION}
    if any(row["key"] in failures for row in timeline.of_incident(connection, case.number)):
        return "stage-failed"
    causes = incidents.causes(connection, case.number, case.run)
    return "cause-found" if causes and causes[0]["id"] != NO_CAUSE else "no-cause"
