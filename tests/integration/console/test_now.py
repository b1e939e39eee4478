"""The start page: it answers at once, says the worst that is known first, and is calm where nothing is wrong."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from tixmaster.console import now as page
from tixmaster.console.lookout import Alarms, Figures, Lookout, OnSale, Watch
from tixmaster.oncall import maintenance, rehearsal
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import facts
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring.client import Alert, AlertStatus
from tixmaster.stack.said import verbatim
from tixmaster.stack.status import ServiceStatus

from .conftest import Visitor, open_incident

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def lookout(oncall: Oncall) -> Lookout:
    """One that has not been started: tests say what it has heard."""
    made = Lookout(oncall.desk)
    for name, watch in made.services.items():
        heard(watch, status(name))
    heard(made.alarms, Alarms(alerts=(), silences=()))
    heard(made.figures, Figures())
    made.plans.look()
    with oncall.desk.database.write() as connection:
        facts.put(connection, facts.WATCHDOG, True, oncall.desk.now())
    return made


def heard(watch: Watch[Any], answer: Any) -> None:
    """What the next asking brings: an answer, or an error that is raised."""

    def ask() -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    watch.ask = ask
    watch.look()


def hangs(release: threading.Event) -> ServiceStatus:
    release.wait(30)
    return status("postgres")


def status(name: str, *, healthy: bool = True) -> ServiceStatus:
    return ServiceStatus(
        short_name=name,
        name=f"tixmaster-{name}",
        state="running" if healthy else "exited",
        healthy=healthy,
        address="127.0.0.1:1",
        manager="supervisor",
        detail=verbatim("fine" if healthy else "exited with signal 9"),
        pid=1,
        started_at=None,
    )


def alert(oncall: Oncall, **labels: str) -> Alert:
    now = oncall.desk.now()
    return Alert(
        labels={"alertname": "HighErrorRate", "service": "backend", "severity": "critical", **labels},
        annotations={"summary": "38 % errors"},
        starts_at=now,
        ends_at=now,
        fingerprint="f" * 16,
        status=AlertStatus(state="active"),
    )


def verdict(oncall: Oncall, lookout: Lookout) -> str:
    return page.look(oncall.desk, lookout).verdict


def test_a_healthy_system_is_said_to_be_well(oncall: Oncall, lookout: Lookout) -> None:
    """Every service heard, nothing rings, nothing is open, the Watchdog has come."""
    assert verdict(oncall, lookout) == "well"


def test_the_worst_that_is_known_comes_first(oncall: Oncall, lookout: Lookout) -> None:
    """Incidents before services, services before alerts, alerts before doubts about the monitoring."""
    heard(lookout.figures, UnreachableError(verbatim("Prometheus does not answer")))
    assert verdict(oncall, lookout) == "blind"
    heard(lookout.alarms, Alarms(alerts=(alert(oncall),), silences=()))
    assert verdict(oncall, lookout) == "alerts"
    heard(lookout.services["backend"], status("backend", healthy=False))
    assert verdict(oncall, lookout) == "services"
    open_incident(oncall)
    assert verdict(oncall, lookout) == "incidents"


def test_requests_that_fail_are_trouble_of_a_service_that_is_up(oncall: Oncall, lookout: Lookout) -> None:
    """Its process answers, and visitors get errors."""
    heard(lookout.figures, Figures(failing={"backend": 0.38}))
    (row,) = page.look(oncall.desk, lookout).troubled
    assert (row.name, row.condition, row.failing) == ("backend", "failing", 0.38)


def test_the_watchdog_that_is_late_is_a_doubt(oncall: Oncall, lookout: Lookout) -> None:
    """Nothing that rings could be heard."""
    lookout.began_at -= timedelta(hours=1)
    with oncall.desk.database.write() as connection:
        facts.put(connection, facts.WATCHDOG, True, oncall.desk.now() - timedelta(minutes=30))
    assert verdict(oncall, lookout) == "blind"


def test_a_service_that_hangs_delays_neither_page_nor_others(oncall: Oncall, responder: Visitor) -> None:
    """The page is made of what is known; of what has not answered it says that it was not heard."""
    lookout, release = Lookout(oncall.desk), threading.Event()
    for name, watch in lookout.services.items():
        watch.ask = partial(hangs, release) if name == "postgres" else partial(status, name)
    try:
        lookout.start()
        deadline = time.monotonic() + 120
        while any(not one.seen.asked for name, one in lookout.services.items() if name != "postgres"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        began = time.monotonic()
        shown = page.look(oncall.desk, lookout)
        assert time.monotonic() - began < 1
        assert [one.name for one in shown.unknown] == ["postgres"]
    finally:
        lookout.stop()
        release.set()


def test_a_change_is_counted_once_and_figures_that_move_are_none(oncall: Oncall, lookout: Lookout) -> None:
    """Open pages are woken by what matters only."""
    before = lookout.mark
    heard(lookout.figures, Figures(requests={"backend": 23.0}))
    heard(lookout.services["backend"], status("backend"))
    assert lookout.mark == before
    heard(lookout.services["backend"], status("backend", healthy=False))
    heard(lookout.services["backend"], status("backend", healthy=False))
    assert lookout.mark == before + 1


def test_what_is_planned_on_sale_and_practised_stands_on_the_page(responder: Visitor, oncall: Oncall) -> None:
    """Windows, deploys, the sale with its figures, the last drill; text of strangers stays text."""
    desk, now = oncall.desk, oncall.desk.now()
    maintenance.announce(desk, HOSTILE, "postgres", now, now + timedelta(hours=1), by="responder")
    with desk.database.write() as connection:
        facts.begin_deploy(connection, "backend", now, by=HOSTILE, version="2.1")
    folder = rehearsal.folder(desk.config)
    folder.mkdir()
    line = {"at": now, "name": "lock-queue", "ok": True}
    rehearsal.results(desk.config).write_bytes(msgspec.json.encode(line) + b"\nhalf a li")
    lookout: Lookout = responder.client.app.state.lookout
    heard(
        lookout.figures,
        Figures(sales_open=3, orders=41.0, usual_orders=40.0, on_sale=(OnSale(title=HOSTILE, sold=1200, left=8),)),
    )
    heard(lookout.alarms, Alarms(alerts=(alert(oncall, service=HOSTILE, alertname=HOSTILE),), silences=()))
    lookout.plans.look()
    lookout.practice.look()
    text = responder.get("/").text
    for words in ("41.0 orders a minute (usual 40.0)", "1,200 sold, 8 left", "lock-queue", "under way", "backend 2.1"):
        assert words in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_services_that_are_away_are_said_with_what_to_do(responder: Visitor) -> None:
    """Nothing runs here but the console."""
    lookout: Lookout = responder.client.app.state.lookout
    watches: tuple[Watch[Any], ...] = (*lookout.services.values(), lookout.alarms, lookout.figures)
    for watch in watches:
        watch.look()
    text = responder.get("/").text
    assert "services are in trouble" in text
    assert "tix restart postgres" in text
    assert "Alertmanager does not answer" in text
    assert "Prometheus does not answer" in text
