"""What the dashboards are told of on-call's own work."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from tixmaster.oncall import close, figures, intake, person, pipeline
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.metrics import STAGES, OncallMetrics
from tixmaster.oncall.store.schema import incident

from .conftest import Clock, Webhook


def count(desk: Desk) -> figures.Figures:
    with desk.database.read() as connection:
        return figures.count(connection, desk.now())


def open_one(desk: Desk, webhook: Webhook) -> None:
    intake.store(desk, webhook())
    assert absorb_waiting(desk) == ["opened"]


def test_incidents_are_counted_by_state_and_their_times_averaged(desk: Desk, clock: Clock, webhook: Webhook) -> None:
    """Acknowledged after 20 s and over after 50; a mean of nothing is missing."""
    open_one(desk, webhook)
    assert (count(desk).by_state["open"], count(desk).means) == (1, {})
    clock.pass_by(20)
    person.acknowledge(desk, 1, by="a person")
    assert count(desk).by_state == {"open": 0, "acknowledged": 1, "resolved": 0, "closed": 0}
    clock.pass_by(30)
    intake.store(desk, webhook(status="resolved"))
    absorb_waiting(desk)
    assert count(desk).means == {("acknowledge", "real"): 20, ("recover", "real"): 50}
    close.finish(desk, 1)
    assert count(desk).by_state["closed"] == 1


def test_drills_and_what_is_long_past_are_told_apart(desk: Desk, clock: Clock, webhook: Webhook) -> None:
    """A drill's times are its own; after thirty days nothing counts any more."""
    open_one(desk, webhook)
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(drill="instance-down"))
    person.acknowledge(desk, 1, by="a person")
    assert count(desk).means == {("acknowledge", "drill"): 0}
    clock.pass_by(timedelta(days=31).total_seconds())
    assert count(desk).means == {}
    assert count(desk).by_state["acknowledged"] == 1


def test_a_mean_that_is_no_more_is_not_shown_any_more() -> None:
    """A gauge would keep the old value for ever."""
    registry = CollectorRegistry()
    metrics = OncallMetrics(registry)
    name, states = "oncall_mean_time_to_page_seconds", dict.fromkeys(figures.STATES, 0)
    metrics.show(figures.Figures(by_state=states, means={("page", "real"): 4.5}))
    assert registry.get_sample_value(name, {"kind": "real"}) == 4.5
    metrics.show(figures.Figures(by_state=states, means={}))
    assert registry.get_sample_value(name, {"kind": "real"}) is None


def test_every_stage_of_the_way_is_measured() -> None:
    """A new stage wants a place among the metrics; each is there from the start."""
    assert {stage.name for stage in pipeline.INVESTIGATION} | {"intake", "incident", "close"} == set(STAGES)
    registry = CollectorRegistry()
    metrics = OncallMetrics(registry)
    with metrics.stage("checks"):
        pass
    counted = {
        name: registry.get_sample_value("oncall_stage_duration_seconds_count", {"stage": name}) for name in STAGES
    }
    assert counted == dict.fromkeys(STAGES, 0) | {"checks": 1}
