"""The dispatcher: looks at the state and starts what is due. All it knows is in the store, so a restart loses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from tixmaster.oncall import close
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.heartbeat import DeadMansSwitch
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.oncall.pipeline import Pipeline
from tixmaster.oncall.report import escalate
from tixmaster.oncall.report.postman import Postman
from tixmaster.oncall.report.trackers import follow
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.schema import action, incident

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
ROUND_SECONDS = 0.05
"""Between two rounds that found events: in a storm many share a round, and intake has the processor meanwhile."""
JOIN_SECONDS = 15.0


class Dispatcher:
    """Four threads: alerts and runs, closing, what leaves the machine, the Watchdog; so that neither a slow mail server
    nor a slow check delays a run, and none of them the alarm that alerts no longer come."""

    def __init__(self, desk: Desk, pipeline: Pipeline, metrics: OncallMetrics) -> None:
        self._desk = desk
        self._metrics = metrics
        self._pipeline = pipeline
        self._switch = DeadMansSwitch(desk)
        self._postman = Postman(desk)
        self._stop = threading.Event()
        self._mail_due = threading.Event()
        self._closing_due = threading.Event()
        self._watch_due = threading.Event()
        self._threads = (
            threading.Thread(target=self._loop, args=(desk.work, self.dispatch), name="dispatcher", daemon=True),
            threading.Thread(target=self._loop, args=(self._closing_due, self._close), name="closer", daemon=True),
            threading.Thread(target=self._loop, args=(self._mail_due, self._deliver), name="postman", daemon=True),
            threading.Thread(
                target=self._loop, args=(self._watch_due, self._switch.look), name="watchman", daemon=True
            ),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the threads after what they are at."""
        self._stop.set()
        self._desk.work.set()
        self._closing_due.set()
        self._mail_due.set()
        self._watch_due.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        self._postman.stop()

    def dispatch(self) -> None:
        """One round: events, runs, actions."""
        began = time.monotonic()
        if decisions := absorb_waiting(self._desk):
            self._metrics.stage_took("incident", time.monotonic() - began)
        for decision in decisions:
            log.info("alert-absorbed", decision=decision)
        self._start_runs()
        self._start_actions()
        self._mail_due.set()
        if decisions:
            self._stop.wait(ROUND_SECONDS)

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
                    f"Investigation {run} begins",
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

    def _deliver(self) -> None:
        self._postman.look()
        if not self._desk.leads():
            return
        escalate.look(self._desk)
        follow.look(self._desk)

    def _loop(self, wake: threading.Event, work: Callable[[], None]) -> None:
        """Works whenever woken and once a tick; an error is logged and the next round tries again."""
        while not self._stop.is_set():
            wake.wait(TICK_SECONDS)
            wake.clear()
            try:
                work()
            except Exception:
                log.exception("round-failed", loop=threading.current_thread().name)
