"""What a real Alertmanager holds, compared with what on-call holds; silences and maintenance windows."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.state import new_state

from tixmaster.oncall import clock as time
from tixmaster.oncall import close, intake, maintenance, reconcile
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import MaintenanceError
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import incidents, open_database
from tixmaster.stack import health, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring import matchers
from tixmaster.stack.monitoring.client import Alertmanager, Matcher
from tixmaster.stack.monitoring.write import write_all
from tixmaster.stack.programs import ALERTMANAGER_NAMES, installed, program

pytestmark = pytest.mark.skipif(installed(ALERTMANAGER_NAMES) is None, reason="Alertmanager is not installed")


class Clock:
    """The present moment, and how far a test has moved on."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(config: Config, clock: Clock, tmp_path: Path) -> Iterator[Desk]:
    """A desk on a fresh state whose clock tests move."""
    database = open_database(new_state(tmp_path / "oncall.sqlite"))
    moved = time.Clock(wall=clock, steady=lambda: clock().timestamp())
    yield Desk(config=config, database=database, library=Library(config.sop, config.service_names), clock=moved)
    database.close()


@pytest.fixture
def alertmanager(config: Config) -> Iterator[Alertmanager]:
    """A running Alertmanager with our routes. Nobody answers its webhooks: every notification is lost."""
    secrets.ensure_all(config)
    write_all(config, "drill")
    with (config.var / "alertmanager.output").open("wb") as log:
        process = subprocess.Popen(program(config, "alertmanager").command, stdout=log, stderr=log)
    try:
        assert health.wait(config, "alertmanager", 120).healthy
        with Alertmanager(config.url("alertmanager")) as client:
            yield client
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def prometheus_says(config: Config) -> Iterator[Callable[[list[str]], None]]:
    """A Prometheus that answers, from the first call on, with the alerts that it is told to say fire."""
    firing: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            alerts = [
                {"labels": {"alertname": name, "service": "backend"}, "annotations": {}, "state": "firing"}
                | {"activeAt": "2026-03-01T00:00:00Z", "value": "1"}
                for name in firing
            ]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(msgspec.json.encode({"status": "success", "data": {"alerts": alerts}}))

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    servers: list[ThreadingHTTPServer] = []

    def say(names: list[str]) -> None:
        firing[:] = names
        if not servers:
            servers.append(ThreadingHTTPServer(("127.0.0.1", config.services.prometheus.port), Answer))
            threading.Thread(target=servers[0].serve_forever, daemon=True).start()

    yield say
    for server in servers:
        server.shutdown()
        server.server_close()


def post(config: Config, name: str, *, seconds: float = 300, **labels: str) -> None:
    """Tells Alertmanager of an alert, as Prometheus does."""
    now = datetime.now(UTC)
    alert: dict[str, Any] = {
        "labels": {"alertname": name, "service": "backend", "severity": "critical", **labels},
        "annotations": {"summary": f"{name} rings"},
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(seconds=seconds)).isoformat(),
    }
    httpx.post(config.url("alertmanager", "/api/v2/alerts"), json=[alert], trust_env=False).raise_for_status()


def states(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.read() as connection:
        rows = incidents.newest(connection, ("open", "resolved", "closed"), 10)
    return [(row["alertname"], row["state"]) for row in rows]


def test_an_alert_whose_notification_was_lost_is_taken_in_once(desk: Desk, alertmanager: Alertmanager) -> None:
    """And what Alertmanager would not tell on-call of, because it is muted or of no weight, is not."""
    post(desk.config, "HighErrorRate")
    post(desk.config, "HighLatency")  # muted by the one before it
    post(desk.config, "Nothing", severity="info")
    for _ in range(2):
        reconcile.reconcile(desk)
        absorb_waiting(desk)
    assert states(desk) == [("HighErrorRate", "open")]


def test_what_a_person_closed_while_it_fires_stays_closed(desk: Desk, alertmanager: Alertmanager) -> None:
    """Its webhook told its start to the microsecond, Alertmanager's list tells milliseconds: it is one alert."""
    post(desk.config, "HighErrorRate")
    (alert,) = alertmanager.alerts()
    exact = alert.starts_at.replace(microsecond=alert.starts_at.microsecond // 1000 * 1000 + 987)
    told = {"status": "firing", "labels": alert.labels, "startsAt": exact.isoformat(), "fingerprint": alert.fingerprint}
    intake.store(desk, msgspec.json.encode({"version": "4", "alerts": [told]}))
    assert absorb_waiting(desk) == ["opened"]
    close.finish(desk, 1, by="amy")
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == []
    assert states(desk) == [("HighErrorRate", "closed")]


def test_an_alert_that_is_gone_ends_only_if_prometheus_denies_it(
    desk: Desk, alertmanager: Alertmanager, clock: Clock, prometheus_says: Callable[[list[str]], None]
) -> None:
    """Silence of Prometheus ends nothing; its word that the alert still fires neither."""
    post(desk.config, "HighErrorRate")
    reconcile.reconcile(desk)
    absorb_waiting(desk)
    post(desk.config, "HighErrorRate", seconds=-1)
    clock.ahead = timedelta(minutes=5)
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == []
    prometheus_says(["HighErrorRate"])
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == []
    prometheus_says([])
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == ["resolved"]
    assert states(desk) == [("HighErrorRate", "resolved")]


def test_without_alertmanager_nothing_changes(desk: Desk, clock: Clock) -> None:
    """It says nothing of its alerts, and that they are gone least of all."""
    intake.store(desk, truncated())
    absorb_waiting(desk)
    clock.ahead = timedelta(minutes=5)
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == []


def truncated() -> bytes:
    """A webhook from which Alertmanager left alerts out."""
    return (
        b'{"version": "4", "truncatedAlerts": 7, "alerts": [{"status": "firing", "labels": {"alertname": "X"},'
        b'"startsAt": "2026-03-01T00:00:00Z", "fingerprint": "x"}]}'
    )


def test_a_truncated_webhook_asks_alertmanager_at_once(desk: Desk) -> None:
    """The rest of its alerts is only there."""
    intake.store(desk, truncated())
    assert desk.review.is_set()


def test_an_alert_within_a_maintenance_opens_an_incident_when_that_is_over(
    desk: Desk, alertmanager: Alertmanager, clock: Clock
) -> None:
    """It is stored with that word, and taken up by the next comparison after the end."""
    now = desk.now()
    window = maintenance.announce(desk, "disks", "backend", now, now + timedelta(hours=1), by="amy")
    post(desk.config, "HighErrorRate")
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == ["maintenance"]
    assert (maintenance.maintenance_now(desk, "backend") or "").startswith("disks, until ")
    assert maintenance.maintenance_now(desk, "postgres") is None
    assert window.number
    maintenance.end(desk, window.number, by="amy")
    reconcile.reconcile(desk)
    assert absorb_waiting(desk) == ["opened"]


def test_a_window_is_a_silence_while_it_is_on(desk: Desk, alertmanager: Alertmanager) -> None:
    """Made once, ended with it."""
    now = desk.now()
    window = maintenance.announce(desk, "disks", "backend", now, now + timedelta(hours=1), by="amy")
    for _ in range(2):
        maintenance.keep_silences(desk)
    (silence,) = alertmanager.silences()
    assert [str(matcher) for matcher in silence.matchers] == ['service="backend"']
    assert window.number
    maintenance.end(desk, window.number, by="amy")
    maintenance.keep_silences(desk)
    assert alertmanager.silences() == ()


def test_a_silence_waits_for_alertmanager(desk: Desk) -> None:
    """While that is away the window holds all the same."""
    now = desk.now()
    maintenance.announce(desk, "disks", None, now, now + timedelta(hours=1), by="amy")
    maintenance.keep_silences(desk)
    assert maintenance.maintenance_now(desk, "postgres")


@pytest.mark.parametrize(("service", "hours"), [("nobody", 1), (None, -1), (None, 24 * 30)])
def test_a_window_that_makes_no_sense_is_refused(desk: Desk, service: str | None, hours: int) -> None:
    """An unknown service, an end before the beginning, a month."""
    now = desk.now()
    with pytest.raises(MaintenanceError):
        maintenance.announce(desk, "disks", service, now, now + timedelta(hours=hours), by="amy")


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("service=backend", Matcher(name="service", value="backend")),
        ('alertname=~"High.*"', Matcher(name="alertname", value="High.*", is_regex=True)),
        ("env!=drill", Matcher(name="env", value="drill", is_equal=False)),
        ("a!~b|c", Matcher(name="a", value="b|c", is_regex=True, is_equal=False)),
    ],
)
def test_matchers_are_written_as_for_amtool(text: str, matcher: Matcher) -> None:
    """The four signs, with or without quotes."""
    assert matchers.parse(text) == matcher


@pytest.mark.parametrize("text", ["", "service", "=x", "a=~("])
def test_what_is_no_matcher_is_said(text: str) -> None:
    """With what to write."""
    with pytest.raises(ConfigError):
        matchers.parse(text)
