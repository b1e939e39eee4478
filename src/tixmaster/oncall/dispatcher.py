"""The dispatcher: looks at the state and starts what is due. All it knows is in the store, so a restart loses nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from tixmaster.oncall import close, maintenance, reconcile, remedy
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.flaps import investigate_what_stays
from tixmaster.oncall.heartbeat import DeadMansSwitch
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.oncall.pipeline import Pipeline
from tixmaster.oncall.report import escalate
from tixmaster.oncall.report.postman import Postman
from tixmaster.oncall.report.trackers import follow
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.schema import action, alert_event, incident, outbox, ticket
from tixmaster.stack.said import said

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
REST_SECONDS = 10.0
"""Between two rounds while on-call rests: see `_rests`."""
REVIEW_SECONDS = 60.0
"""How often Alertmanager is asked what it holds."""
ROUND_SECONDS = 0.05
"""At least so long, and as long as it worked (but no tick), a loop rests after a round that it was woken for: in a storm many
events share a round, and intake has the processor meanwhile."""
JOIN_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class _Loop:
    """Work that is done whenever it is woken, and every `tick` seconds."""

    name: str
    work: Callable[[], None]
    wake: threading.Event = field(default_factory=threading.Event)
    tick: float = TICK_SECONDS
    rests: bool = False
    """Whether it has nothing to do while on-call rests."""


class Dispatcher:
    """A thread for each kind of work, so that neither a slow mail server nor a slow check delays a run, and none of them
    the alarm that alerts no longer come."""

    def __init__(self, desk: Desk, pipeline: Pipeline, metrics: OncallMetrics) -> None:
        self._desk = desk
        self._metrics = metrics
        self._pipeline = pipeline
        self._post = Postman(desk)
        self._stop = threading.Event()
        self._looked = (-1, True)  # how often had been written then, and whether anything was up
        self._postman = _Loop(name="postman", work=self._deliver, rests=True)
        loops = (
            _Loop(name="dispatcher", work=self.dispatch, wake=desk.work, rests=True),
            _Loop(name="closer", work=self._close, rests=True),
            self._postman,
            _Loop(name="watchman", work=DeadMansSwitch(desk).look),
            _Loop(name="reviewer", work=self._review, wake=desk.review, tick=REVIEW_SECONDS),
        )
        self._loops = {
            loop: threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True) for loop in loops
        }

    def start(self) -> None:
        self._desk.review.set()
        for thread in self._loops.values():
            thread.start()

    def stop(self) -> None:
        """Ends the threads after what they are at."""
        self._stop.set()
        for loop in self._loops:
            loop.wake.set()
        for thread in self._loops.values():
            thread.join(JOIN_SECONDS)
        self._post.stop()

    def dispatch(self) -> None:
        """One round: events, runs, actions."""
        began = time.monotonic()
        if decisions := absorb_waiting(self._desk):
            self._metrics.stage_took("incident", time.monotonic() - began)
            if undecided := decisions.count("undecidable"):
                self._metrics.rejected("undecidable", undecided)
            log.info("alerts-absorbed", decisions=dict(Counter(decisions)))
        self._start_runs()
        remedy.expire(self._desk)
        self._start_actions()
        self._postman.wake.set()

    def _start_runs(self) -> None:
        with self._desk.database.read() as connection:
            waiting = connection.execute(
                sa.select(incident.c.number, incident.c.run).where(
                    incident.c.run_started < incident.c.run, incident.c.state != "closed"
                )
            ).all()
        for number, run in waiting:
            case = Case(number=number, run=run)
            self._pipeline.investigate(case)
            with self._desk.database.write() as connection:
                connection.execute(sa.update(incident).where(incident.c.number == number).values(run_started=run))
                timeline.append(
                    connection,
                    number,
                    "run-started",
                    said("Investigation {run} begins", "第 {run} 次調查開始", run=run),
                    at=self._desk.now(),
                    key=case.key("started"),
                )

    def _start_actions(self) -> None:
        with self._desk.database.read() as connection:
            approved = connection.execute(
                sa.select(action.c.incident, action.c.id).where(action.c.state == "approved")
            ).all()
        for number, action_id in approved:
            self._pipeline.act(number, action_id)

    def _close(self) -> None:
        if not self._desk.leads():
            return
        for number in close.ready(self._desk):
            self._pipeline.end(number)
        if investigate_what_stays(self._desk):
            self._desk.work.set()

    def _deliver(self) -> None:
        self._post.look()
        if not self._desk.leads():
            return
        escalate.look(self._desk)
        follow.look(self._desk)

    def _review(self) -> None:
        """What Alertmanager has that we have not, and the other way round; one replica does it for all."""
        if self._desk.leads():
            maintenance.keep_silences(self._desk)
            reconcile.reconcile(self._desk)

    def _run(self, loop: _Loop) -> None:
        """Works whenever woken and once a tick; an error is logged and the next round tries again."""
        worked = -REST_SECONDS
        while not self._stop.is_set():
            woken = loop.wake.wait(loop.tick)
            loop.wake.clear()
            if self._stop.is_set():
                return
            try:
                if woken or not loop.rests or time.monotonic() - worked >= REST_SECONDS or not self._rests():
                    worked = time.monotonic()
                    loop.work()
            except Exception:
                log.exception("round-failed", loop=loop.name)
            if woken:
                self._stop.wait(min(max(ROUND_SECONDS, time.monotonic() - worked), TICK_SECONDS))

    def _rests(self) -> bool:
        """Whether nothing can become due as time goes by: no event waits, no incident is open, no message is to be sent.

        Looked up after something was written. Where other replicas write, too, on-call never rests.
        """
        database = self._desk.database
        if database.shared:
            return False
        written, (looked_at, something_is_up) = database.written, self._looked
        if written != looked_at:
            with database.read() as connection:
                something_is_up = bool(connection.execute(_SOMETHING_IS_UP).scalar_one())
            self._looked = written, something_is_up
        return not something_is_up


_SOMETHING_IS_UP = sa.select(
    sa.or_(
        sa.exists().where(alert_event.c.decision.is_(None)),
        sa.exists().where(incident.c.state != "closed"),
        sa.exists().where(incident.c.run_ended < incident.c.run),
        sa.exists().where(action.c.state.in_(("approved", "running"))),
        sa.exists().where(outbox.c.state == "waiting"),
        sa.exists().where(ticket.c.closed.is_(False)),
    )
)
