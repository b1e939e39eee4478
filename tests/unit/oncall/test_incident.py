"""Incidents: one per fingerprint, one per cause, and none from noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tixmaster.oncall import flaps, intake, kinship, maintenance
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.flaps import investigate_what_stays
from tixmaster.oncall.incident import Decision, absorb_waiting
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.oncall.store.schema import action, alert_event, cause, incident
from tixmaster.stack.said import said

from .conftest import START, Clock, Webhook


def tell(desk: Desk, *bodies: bytes) -> list[Decision]:
    for body in bodies:
        intake.store(desk, body)
    return absorb_waiting(desk)


def only_incident(desk: Desk) -> dict[str, Any]:
    with desk.database.read() as connection:
        (row,) = incidents.newest(connection, ("open", "resolved", "closed"), limit=10)
    return row


def test_a_firing_alert_opens_an_incident(desk: Desk, webhook: Webhook) -> None:
    """Its title is the alert's summary, its start the alert's."""
    assert tell(desk, webhook()) == ["opened"]
    row = only_incident(desk)
    assert (row["title"], row["service"], row["state"]) == ("HighErrorRate on the backend", "backend", "open")
    assert row["started_at"] == START


def test_an_alert_that_goes_on_firing_opens_no_second(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """The same alert with a later start while it is held as firing is known."""
    tell(desk, webhook())
    clock.pass_by(5)
    assert tell(desk, webhook()) == ["known"]
    assert only_incident(desk)["run"] == 1


def test_a_symptom_joins_the_incident_of_its_cause(desk: Desk, webhook: Webhook) -> None:
    """LowOrderVolume is explained by HighErrorRate: one page."""
    assert tell(desk, webhook("HighErrorRate"), webhook("LowOrderVolume")) == ["opened", "joined"]
    row = only_incident(desk)
    assert (row["alertname"], row["run"]) == ("HighErrorRate", 1)


def test_a_cause_takes_over_the_incident_of_its_symptom(desk: Desk, webhook: Webhook) -> None:
    """InstanceDown after HighErrorRate: the same incident, investigated again by the other runbook."""
    assert tell(desk, webhook("HighErrorRate"), webhook("InstanceDown")) == ["opened", "took-over"]
    row = only_incident(desk)
    assert (row["alertname"], row["run"]) == ("InstanceDown", 2)


@pytest.mark.parametrize(
    ("service", "state", "late", "decision"),
    [
        ("backend", "running", 2, "joined"),
        ("backend", "done", 2, "joined"),
        ("backend", "done", 9, "took-over"),
        ("postgres", "running", 2, "took-over"),
    ],
)
def test_the_end_of_a_service_that_we_restart_is_no_new_cause(
    desk: Desk, webhook: Webhook, clock: Clock, service: str, state: str, late: float, decision: Decision
) -> None:
    """A restart that takes long makes InstanceDown ring; a service that ends after it, or another one, is another matter."""
    tell(desk, webhook("LowOrderVolume"))
    with desk.database.write() as connection:
        begun = {"incident": only_incident(desk)["number"], "run": 1, "kind": "restart", "service": service}
        told = {"cause": "order-api-hangs", "command": "tix restart backend", "state": state, "proposed_at": START}
        ended = START + timedelta(seconds=5) if state == "done" else None
        connection.execute(sa.insert(action).values(**begun, **told, started_at=START, finished_at=ended))
    clock.pass_by(late)
    assert tell(desk, webhook("InstanceDown")) == [decision]


@pytest.mark.parametrize(("service", "decision"), [("backend", "joined"), ("mail", "opened")])
def test_what_a_restart_of_ours_shakes_loose_is_part_of_its_incident(
    desk: Desk, webhook: Webhook, service: str, decision: Decision
) -> None:
    """Requests that hung end with the process and count as slow: no alert explains that, and nobody is woken again."""
    tell(desk, webhook("LowOrderVolume"))
    with desk.database.write() as connection:
        begun = {"incident": only_incident(desk)["number"], "run": 1, "kind": "restart", "service": "backend"}
        told = {"cause": "order-api-hangs", "command": "tix restart backend", "state": "running", "proposed_at": START}
        connection.execute(sa.insert(action).values(**begun, **told, started_at=START))
    slow = webhook("HighLatency", labels={"service": service}, fingerprint="slow")
    assert tell(desk, slow) == [decision]


def test_alerts_of_other_services_stay_apart(desk: Desk, webhook: Webhook) -> None:
    """Only the same service is the same trouble."""
    other = webhook("LowOrderVolume", labels={"service": "kiosk"}, fingerprint="kiosk")
    assert tell(desk, webhook("HighErrorRate"), other) == ["opened", "opened"]


def test_the_incident_is_resolved_with_its_last_alert(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """A joined alert that still fires keeps it open."""
    tell(desk, webhook("HighErrorRate"), webhook("LowOrderVolume"))
    clock.pass_by(60)
    tell(desk, webhook("HighErrorRate", "resolved", starts_at=START))
    assert only_incident(desk)["state"] == "open"
    assert tell(desk, webhook("LowOrderVolume", "resolved", starts_at=START)) == ["resolved"]
    assert only_incident(desk)["state"] == "resolved"


def test_an_alert_that_fires_again_asks_for_another_investigation(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """The remedy did not last: same incident, next run."""
    tell(desk, webhook())
    clock.pass_by(60)
    tell(desk, webhook(status="resolved", starts_at=START))
    clock.pass_by(5)
    assert tell(desk, webhook()) == ["fired-again"]
    row = only_incident(desk)
    assert (row["state"], row["run"]) == ("open", 2)


def test_a_clock_that_was_set_back_hides_no_new_firing(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """It looks older than the one before, and is not."""
    tell(desk, webhook())
    clock.pass_by(60)
    tell(desk, webhook(status="resolved", starts_at=START))
    clock.set_by(timedelta(hours=-5))
    clock.pass_by(20)
    assert tell(desk, webhook()) == ["fired-again"]


def test_firing_that_arrives_after_its_resolved_changes_nothing(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """Alertmanager clusters deliver out of order (alertmanager#4108)."""
    tell(desk, webhook())
    clock.pass_by(60)
    tell(desk, webhook(status="resolved", starts_at=START))
    late = webhook(starts_at=START - timedelta(seconds=1))
    assert tell(desk, late) == ["stale"]
    assert only_incident(desk)["state"] == "resolved"


def test_a_resolved_that_was_never_firing_opens_nothing(desk: Desk, webhook: Webhook) -> None:
    """A flap inside one group interval arrives as a resolved alone."""
    assert tell(desk, webhook(status="resolved")) == ["unseen"]


@pytest.mark.parametrize("alerts", [("HighErrorRate", "DatabaseDown"), ("DatabaseDown", "HighErrorRate")])
def test_a_database_outage_is_one_incident_whatever_rings_first(
    desk: Desk, webhook: Webhook, alerts: tuple[str, str]
) -> None:
    """The backend needs postgres; in the end the incident is about the database."""
    for alertname in alerts:
        service = "postgres" if alertname == "DatabaseDown" else "backend"
        tell(desk, webhook(alertname, labels={"service": service}, fingerprint=alertname))
    row = only_incident(desk)
    assert (row["alertname"], row["service"]) == ("DatabaseDown", "postgres")


def test_a_cause_that_was_found_already_is_not_investigated_again(desk: Desk, webhook: Webhook) -> None:
    """HighErrorRate found that PostgreSQL refuses connections; DatabaseDown says nothing new."""
    tell(desk, webhook("HighErrorRate"))
    found = {"id": "database-refuses-connections", "title": {}, "confidence": 0.9, "because": [], "steps": []}
    with desk.database.write() as connection:
        connection.execute(sa.insert(cause).values(incident=1, run=1, rank=1, evidence=[], **found))
    late = webhook("DatabaseDown", labels={"service": "postgres"}, fingerprint="down")
    assert tell(desk, late) == ["joined"]
    assert only_incident(desk)["run"] == 1


def test_a_stop_in_a_deploy_is_no_cause_of_its_own(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """A person takes a bad release back: the restart must not replace what was found. One long after the deploy may."""
    tell(desk, webhook("HighErrorRate"))
    clock.pass_by(60)
    with desk.database.write() as connection:
        facts.begin_deploy(connection, "backend", clock.now, by="amy", version="1.3")
    clock.pass_by(8)
    with desk.database.write() as connection:
        facts.end_deploy(connection, "backend", clock.now)
    clock.pass_by(2)
    down = webhook("InstanceDown", fingerprint="down", starts_at=clock.now)
    assert tell(desk, down) == ["joined"]
    assert only_incident(desk)["alertname"] == "HighErrorRate"
    clock.pass_by(60)
    later = webhook("ServiceDown", fingerprint="later", starts_at=clock.now)
    assert tell(desk, later) == ["took-over"]


def test_a_database_that_nobody_needs_is_a_trouble_of_its_own(desk: Desk, webhook: Webhook) -> None:
    """A symptom belongs to a cause on another service only where the one needs the other."""
    other = webhook("HighErrorRate", labels={"service": "oncall"}, fingerprint="oncall")
    down = webhook("DatabaseDown", labels={"service": "postgres"}, fingerprint="down")
    assert tell(desk, down, other) == ["opened", "opened"]


def test_a_storm_of_one_cause_is_one_incident(desk: Desk, webhook: Webhook) -> None:
    """Two thousand instances: nothing lost, one investigation, a handful of rows on the timeline."""
    storm = [
        webhook("InstanceDown", labels={"instance": f"node-{number}"}, fingerprint=f"{number:016}")
        for number in range(2000)
    ]
    assert Counter(tell(desk, *storm)) == {"opened": 1, "joined": 1999}
    assert only_incident(desk)["run"] == 1
    with desk.database.read() as connection:
        assert incidents.alert_count(connection, 1) == 2000
        rows = timeline.of_incident(connection, 1)
    assert sum(row["data"].get("alerts", 1) for row in rows if row["kind"] == "alert-joined") == 1999
    assert len(rows) < 20


def test_an_alert_that_comes_and_goes_is_investigated_no_more(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """The third return within a quarter of an hour is flapping: said once, and no further run."""
    tell(desk, webhook())
    decisions = []
    for _ in range(4):
        began = clock.now
        clock.pass_by(30)
        tell(desk, webhook(status="resolved", starts_at=began))
        clock.pass_by(30)
        decisions += tell(desk, webhook())
    assert decisions == ["fired-again", "fired-again", "flapping", "flapping"]
    assert only_incident(desk)["run"] == 3
    with desk.database.read() as connection:
        kinds = [row["kind"] for row in timeline.of_incident(connection, 1)]
        assert flaps.quiet_at(connection, 1, clock.now) == clock.now + flaps.QUIET
    assert kinds.count("flapping") == 1


def test_a_flapping_alert_that_stays_is_investigated_again(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """Once, after five minutes without a break: a service that flapped and then broke for good is an outage."""
    tell(desk, webhook())
    for _ in range(3):
        began = clock.now
        clock.pass_by(30)
        tell(desk, webhook(status="resolved", starts_at=began))
        clock.pass_by(30)
        tell(desk, webhook())
    with desk.database.write() as connection:  # the runs so far are over
        connection.execute(sa.update(incident).values(run_started=incident.c.run, run_ended=incident.c.run))
    run = only_incident(desk)["run"]
    clock.pass_by(flaps.QUIET.total_seconds() - 1)
    assert investigate_what_stays(desk) == []
    clock.pass_by(1)
    assert investigate_what_stays(desk) == [1]
    assert only_incident(desk)["run"] == run + 1
    with desk.database.write() as connection:
        connection.execute(sa.update(incident).values(run_started=run + 1, run_ended=run + 1))
        timeline.append(connection, 1, "run-started", said("begins", "開始"), at=clock.now)
    clock.pass_by(600)
    assert investigate_what_stays(desk) == []


def test_a_flap_that_alertmanager_swallowed_counts(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """A `resolved` that began after the one we hold: it fired and ended within one group interval."""
    tell(desk, webhook())
    for _ in range(3):
        clock.pass_by(30)
        tell(desk, webhook(status="resolved", starts_at=clock.now, ends_at=clock.now))
    with desk.database.read() as connection:
        assert flaps.count(connection, 1, clock.now) == 2


def test_an_event_that_nothing_can_be_made_of_holds_nobody_up(desk: Desk, webhook: Webhook) -> None:
    """It stays stored with that word, and its neighbours are decided on."""
    tell(desk, webhook("HighErrorRate"))
    with desk.database.write() as connection:
        row = {"received_at": START, "fingerprint": "x", "status": "firing", "starts_at": START, "generator_url": ""}
        connection.execute(sa.insert(alert_event).values(key="x", labels={}, annotations={}, **row))
    decided = tell(desk, webhook("DiskWillFill", labels={"service": "host"}, fingerprint="disk"))
    assert sorted(decided) == ["opened", "undecidable"]


def test_a_maintenance_hides_no_silent_watchdog(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """The monitoring itself must not fall silent, whatever is worked on."""
    maintenance.announce(desk, "all", None, clock.now, clock.now + timedelta(hours=1), by="amy")
    silent = webhook("Watchdog", labels={"service": "prometheus"}, fingerprint="watchdog")
    event = intake.read(silent.replace(b'"Watchdog"', b'"Else"'), clock.now).rows[0]
    with desk.database.write() as connection:
        labels = {**event["labels"], "alertname": "Watchdog"}
        connection.execute(sa.insert(alert_event).values({**event, "labels": labels}))
    assert absorb_waiting(desk) == ["opened"]
    assert tell(desk, webhook("HighErrorRate")) == ["maintenance"]


def test_a_state_that_is_away_makes_no_event_undecidable(
    desk: Desk, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trouble is raised, and the event waits."""
    intake.store(desk, webhook())
    away = sa.exc.InterfaceError("SELECT 1", {}, OSError(), connection_invalidated=True)
    with monkeypatch.context() as patched:
        patched.setattr(kinship, "find", raising(away))
        with pytest.raises(sa.exc.InterfaceError):
            absorb_waiting(desk)
    assert absorb_waiting(desk) == ["opened"]


def raising(error: Exception) -> Callable[..., None]:
    def work(*_: Any) -> None:
        raise error

    return work
