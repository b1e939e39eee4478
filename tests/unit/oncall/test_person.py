"""What a person does with an incident."""

from __future__ import annotations

import pytest

from tixmaster.oncall import close, figures, intake, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import CannotMergeError
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.store import incidents, timeline

from .conftest import START, Clock, Webhook


@pytest.fixture
def two(desk: Desk, webhook: Webhook) -> Desk:
    """INC-1 about the backend, INC-2 about the host's disk."""
    intake.store(desk, webhook("HighErrorRate"))
    intake.store(desk, webhook("DiskWillFill", labels={"service": "host"}, fingerprint="disk"))
    assert absorb_waiting(desk) == ["opened", "opened"]
    return desk


def newest(desk: Desk, number: int) -> tuple[str, str]:
    with desk.database.read() as connection:
        row = timeline.of_incident(connection, number)[-1]
    return row["kind"], row["by"]


def state(desk: Desk, number: int) -> str:
    with desk.database.read() as connection:
        return str(incidents.get(connection, number)["state"])


def test_an_assignment_is_a_row_and_the_same_again_is_none(two: Desk) -> None:
    """Who, to whom, once."""
    for _ in range(2):
        person.assign(two, 1, "amy", by="bob")
    assert newest(two, 1) == ("assigned", "bob")
    with two.database.read() as connection:
        assert incidents.get(connection, 1)["assigned_to"] == "amy"
        assert [row["kind"] for row in timeline.of_incident(connection, 1)].count("assigned") == 1


def test_a_merged_incident_is_closed_and_its_alerts_go_on_elsewhere(two: Desk, webhook: Webhook, clock: Clock) -> None:
    """The end of its alert ends it there."""
    person.merge(two, 2, 1, by="amy")
    assert state(two, 2) == "closed"
    clock.pass_by(60)
    intake.store(two, webhook("HighErrorRate", "resolved", starts_at=START))
    absorb_waiting(two)
    assert state(two, 1) == "open"
    over = webhook("DiskWillFill", "resolved", labels={"service": "host"}, fingerprint="disk", starts_at=START)
    intake.store(two, over)
    absorb_waiting(two)
    assert state(two, 1) == "resolved"


@pytest.mark.parametrize(("number", "into"), [(1, 1), (1, 2)])
def test_only_two_open_incidents_are_merged(two: Desk, number: int, into: int) -> None:
    """Neither with itself nor into one that is closed."""
    close.finish(two, 2, by="amy")
    with pytest.raises(CannotMergeError):
        person.merge(two, number, into, by="amy")


def test_a_reopened_incident_is_investigated_anew(two: Desk) -> None:
    """It was not over after all."""
    close.finish(two, 1, by="amy")
    person.reopen(two, 1, by="bob")
    with two.database.read() as connection:
        row = incidents.get(connection, 1)
    assert (row["state"], row["run"], row["closed_at"]) == ("open", 2, None)
    assert newest(two, 1) == ("reopened", "bob")


def test_an_incident_whose_alert_has_another_one_stays_closed(two: Desk, webhook: Webhook, clock: Clock) -> None:
    """One open incident a fingerprint; and a merged one is reopened at its target."""
    close.finish(two, 1, by="amy")
    clock.pass_by(60)
    intake.store(two, webhook("HighErrorRate"))
    assert absorb_waiting(two) == ["opened"]
    with pytest.raises(CannotMergeError, match="INC-3 is open"):
        person.reopen(two, 1, by="amy")
    person.merge(two, 2, 3, by="amy")
    with pytest.raises(CannotMergeError, match="a part of INC-3"):
        person.reopen(two, 2, by="amy")


def test_the_means_are_those_of_the_time_that_was_asked_for(two: Desk, clock: Clock) -> None:
    """MTTA from the opening to the first word; drills apart."""
    clock.pass_by(90)
    person.acknowledge(two, 1, by="amy")
    with two.database.read() as connection:
        found = figures.over(connection, START)
        nothing = figures.over(connection, clock.now)
    assert (found.incidents["real"], found.means["acknowledge", "real"]) == (2, 90)
    assert nothing.incidents == {"real": 0, "drill": 0}
