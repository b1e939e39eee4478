"""Escalation: who is told when nobody says that they are on it, once each, until somebody does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tixmaster.oncall import close, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import escalate, tell
from tixmaster.oncall.report.postman import deliver_due
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import incident
from tixmaster.stack.ports import unused

from .conftest import Clock, Configured, opened, said, states
from .servers import HttpServer

BOSS = "boss@example.org"
STEPS = [
    {"after_minutes": 5, "channels": ["ops"]},
    {"after_minutes": 15, "mail": [BOSS], "repeat_minutes": 10, "repeats": 2},
]


def paged(configured: Configured, port: int = 0) -> Desk:
    """An incident of which everybody has been told once."""
    channel = {"name": "ops", "url": f"json://127.0.0.1:{port or unused(1)[0]}/", "services": ["postgres"]}
    desk = configured(channels=[channel], escalation=STEPS)
    tell.page(desk, opened(desk))
    return desk


def pass_by(desk: Desk, clock: Clock, minutes: float) -> None:
    """Time goes by in which on-call looks twice, as it does every second."""
    clock.pass_by(minutes)
    escalate.look(desk)
    escalate.look(desk)


def test_each_step_is_taken_once_at_its_time(configured: Configured, clock: Clock) -> None:
    """And the last again, as often as it says."""
    desk = paged(configured)
    pass_by(desk, clock, 4.9)
    assert said(desk, "escalated") == []
    pass_by(desk, clock, 0.2)
    assert said(desk, "escalated") == ["Nobody has acknowledged for 5.1 min: ops told"]
    for _ in range(5):
        pass_by(desk, clock, 10)
    assert [text.split(": ")[1] for text in said(desk, "escalated")] == ["ops told", *[f"{BOSS} told"] * 3]


def test_somebody_who_is_on_it_stops_it(configured: Configured, clock: Clock) -> None:
    """So does the end of the trouble."""
    desk = paged(configured)
    person.acknowledge(desk, 1, by="mei")
    pass_by(desk, clock, 60)
    assert said(desk, "escalated") == []
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(acknowledged_at=None, state="resolved"))
    pass_by(desk, clock, 60)
    assert said(desk, "escalated") == []


def test_what_was_missed_is_not_made_up_for(configured: Configured, clock: Clock) -> None:
    """On-call was away for hours: each step is taken once, not once for every time it was missed."""
    desk = paged(configured)
    pass_by(desk, clock, 600)
    assert len(said(desk, "escalated")) == 2


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)])
def test_a_clock_that_is_set_rings_nobody(configured: Configured, clock: Clock, jump: timedelta) -> None:
    """What counts are minutes that passed: no step comes early, none late, none twice."""
    desk = paged(configured)
    pass_by(desk, clock, 2)
    clock.set_by(jump)
    pass_by(desk, clock, 2)
    assert said(desk, "escalated") == []
    pass_by(desk, clock, 1.5)
    clock.set_by(-jump)
    pass_by(desk, clock, 2)
    assert said(desk, "escalated") == ["Nobody has acknowledged for 5.5 min: ops told"]


def test_the_message_says_why_it_comes(configured: Configured, clock: Clock, server: HttpServer) -> None:
    """In the thread of the incident, to those who are named and nobody else."""
    desk = paged(configured, server.port)
    pass_by(desk, clock, 20)
    deliver_due(desk)
    (request,) = server.requests
    assert request.json["title"].startswith("[critical] Nobody has acknowledged: The backend answers 24 %")
    assert "`tix incident ack INC-1` stops these messages" in request.json["message"]
    assert states(desk, "mail")[BOSS] == "waiting"
    with desk.database.read() as connection:
        mine = [item for item in incidents.deliveries(connection, 1) if item["kind"] == "escalated"]
    assert {item["address"] for item in mine} == {"ops", BOSS}


def test_what_is_opened_again_waits_anew(configured: Configured, clock: Clock) -> None:
    """From the moment when somebody said that it was not over; and its second end is told as well."""
    desk = paged(configured)
    pass_by(desk, clock, 20)
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(state="resolved", resolved_at=desk.now()))
    close.finish(desk, 1)
    tell.recovered(desk, 1)
    person.reopen(desk, 1, by="mei")
    pass_by(desk, clock, 4)
    assert len(said(desk, "escalated")) == 2
    pass_by(desk, clock, 2)
    assert said(desk, "escalated")[2] == "Nobody has acknowledged for 6 min: ops told"
    close.finish(desk, 1, by="mei")
    tell.recovered(desk, 1)
    with desk.database.read() as connection:
        kinds = [item["kind"] for item in incidents.deliveries(connection, 1)]
    assert kinds.count("recovered") == 2  # both recipients, once: a person ended what still fired
