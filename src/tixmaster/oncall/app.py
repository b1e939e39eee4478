"""On-call as a whole: opened, started, stopped. The console serves it over HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from dbos import DBOS
from prometheus_client import CollectorRegistry

from tixmaster.oncall import figures
from tixmaster.oncall.backups import Backups
from tixmaster.oncall.collectors import Collectors
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.dispatcher import Dispatcher
from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.oncall.pipeline import Pipeline
from tixmaster.oncall.replicas import Replicas, end_at_once
from tixmaster.oncall.shopper import Shopper
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import backup, facts, integrity
from tixmaster.oncall.store.open import open_state, server_url
from tixmaster.oncall.store.probe import StateProbe
from tixmaster.oncall.store.runs import place_of_runs, without_deadlines, without_queue
from tixmaster.oncall.store.schema import alert_event, incident, outbox
from tixmaster.stack.config import Config

WORKFLOW_VERSION = "1"
"""Runs that an older process left behind are taken up by a newer one as long as this stays; change it when a stage's
place in the lists changes in a way that old runs cannot follow."""


@dataclass(frozen=True, kw_only=True)
class Oncall:
    """The running on-call part."""

    desk: Desk
    pipeline: Pipeline
    dispatcher: Dispatcher
    metrics: OncallMetrics
    shopper: Shopper
    collectors: Collectors
    replicas: Replicas
    probe: StateProbe
    backups: Backups

    def start(self) -> None:
        """Takes up what an earlier process left and begins to work."""
        DBOS.launch()
        self.replicas.start()
        self.dispatcher.start()
        self.shopper.start()
        self.backups.start()
        threading.Thread(target=self.desk.artist.rehearse, name="rehearsal", daemon=True).start()

    def stop(self) -> None:
        """Ends after the steps that are under way; what is not done goes on at the next start."""
        self.backups.stop()
        self.shopper.stop()
        self.dispatcher.stop()
        self.replicas.stop()
        DBOS.destroy(workflow_completion_timeout_sec=0)
        self.desk.artist.close()
        self.probe.close()
        self.desk.database.close()
        self.collectors.close()

    def measure(self) -> None:
        """Brings the gauges up to date, before a scrape reads them."""
        now = self.desk.now()
        with self.desk.database.read() as connection:
            self.metrics.open_incidents.set(
                connection.execute(sa.select(sa.func.count()).where(incident.c.state != "closed")).scalar_one()
            )
            oldest_mail = connection.execute(
                sa.select(sa.func.min(outbox.c.written_at)).where(
                    outbox.c.state == "waiting", outbox.c.medium == "mail"
                )
            ).scalar_one()
            oldest_event = connection.execute(
                sa.select(sa.func.min(alert_event.c.received_at)).where(alert_event.c.decision.is_(None))
            ).scalar_one()
            watchdog = facts.watchdog_seen_at(connection)
            drill, drill_ended = facts.drill_in_force(connection, now), facts.drill_ended_at(connection, now)
            self.metrics.show(figures.count(connection, now))
        newest = backup.newest(self.desk.database.file.parent) if self.desk.database.file else None
        self.metrics.backup_at.set(newest.taken_at.timestamp() if newest else 0)
        self.metrics.drill_in_force.set(1 if drill else 0)
        self.metrics.drill_ended_at.set(drill_ended.timestamp() if drill_ended else 0)
        self.metrics.watchdog_at.set(watchdog.timestamp() if watchdog else 0)
        self.metrics.mail_waiting.set(self.desk.age(oldest_mail).total_seconds() if oldest_mail else 0)
        self.metrics.queue_age.set(self.desk.age(oldest_event).total_seconds() if oldest_event else 0)


def open_oncall(config: Config, registry: CollectorRegistry) -> Oncall:
    """Opens the state, reads the manual and registers the workflows.

    Raises `StateDamagedError` for a damaged state, before anything is written to it, and `SopError` for a broken manual.
    """
    if server_url(config) is None:
        integrity.check_state(config.var / "oncall")
    database = open_state(config)
    replicas = Replicas(config, database, given_up=end_at_once)
    desk = Desk(
        config=config,
        database=database,
        library=Library(config.sop, config.service_names),
        leads=replicas.leads,
    )
    replicas.join(desk.now())
    replicas.watch()
    runs = place_of_runs(config)
    engine = DBOS(
        config={
            "name": "tixmaster-oncall",
            "system_database_url": runs.url,
            "system_database_engine": runs.engine,
            "application_version": WORKFLOW_VERSION,
            "executor_id": replicas.executor,
            "log_level": "ERROR",
        }
    )
    if not database.shared:
        without_deadlines()
        replicas.settled = partial(without_queue, engine)
    metrics = OncallMetrics(registry)
    metrics.show_calendar(config.calendar)
    pipeline = Pipeline(desk, metrics)
    return Oncall(
        desk=desk,
        pipeline=pipeline,
        dispatcher=Dispatcher(desk, pipeline, metrics),
        metrics=metrics,
        shopper=Shopper(desk, metrics),
        collectors=Collectors(config, registry),
        replicas=replicas,
        probe=StateProbe(database, desk.now),
        backups=Backups(desk),
    )
