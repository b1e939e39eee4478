"""The dead man's switch with a real Prometheus and Alertmanager: they end, on-call says so by mail, they come back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from tests.system import placed

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.heartbeat import DeadMansSwitch
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import facts, open_database
from tixmaster.stack import health, secrets, system_user
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import alertmanager, prometheus
from tixmaster.stack.monitoring.timings import DRILL, silence
from tixmaster.stack.monitoring.write import write_all

from .conftest import Incident, Oncall, doubled, eventually, texts
from .servers import mail_server, mails


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The drill profile, whose Watchdog comes within seconds; the files of both servers are written."""
    if shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None:
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = placed(tmp_path_factory.mktemp("watchdog"), 'timing = "drill"')
    system_user.make_private(config.var)
    secrets.ensure_all(config)
    write_all(config)
    return config


@contextmanager
def alert_path(config: Config) -> Iterator[None]:
    """Prometheus and Alertmanager, running."""
    with ExitStack() as running:
        for service, command in (
            ("alertmanager", ["prometheus-alertmanager", *alertmanager.arguments(config)]),
            ("prometheus", ["prometheus", *prometheus.arguments(config)]),
        ):
            output = running.enter_context((config.var / f"{service}.log").open("ab"))
            process = subprocess.Popen(command, stdout=output, stderr=output)
            running.callback(process.wait, timeout=120)
            running.callback(process.terminate)
            assert health.wait(config, service, 120).healthy
        yield


@contextmanager
def desk_of(config: Config) -> Iterator[Desk]:
    """The state that the on-call process works on."""
    with closing(open_database(config.var / "oncall" / "oncall.sqlite")) as database:
        yield Desk(config=config, database=database, library=Library(config.sop, config.service_names))


def silent_for_long(config: Config) -> None:
    """Looks at the process's state as its own switch will when the Watchdog has been silent for as long as it may be."""
    passed = iter((0.0, DRILL.watchdog_start + silence(DRILL)))
    with desk_of(config) as desk:
        DeadMansSwitch(desk, elapsed=lambda: next(passed)).look()


def heard(config: Config) -> bool:
    with desk_of(config) as desk, desk.database.read() as connection:
        return facts.watchdog_seen_at(connection) is not None


def told(incident: Incident) -> Incident | None:
    return incident if texts(incident, "mail-sent") else None


def over(incident: Incident) -> Incident | None:
    return incident if incident["state"] == "closed" else None


def of_the_watchdog(oncall: Oncall) -> list[Incident]:
    return [item for item in oncall.client.incidents() if item["title"].startswith("The Watchdog")]


def test_the_end_of_the_alert_path_is_one_incident_and_one_mail(oncall: Oncall, config: Config) -> None:
    """Told without Prometheus and Alertmanager, once, whoever is killed meanwhile; closed when the Watchdog is back."""
    oncall.client.begin_drill("watchdog", policy="observe", seconds=600)
    with mail_server(config):
        with alert_path(config):
            eventually(lambda: heard(config), within=120)
            assert of_the_watchdog(oncall) == []
        silent_for_long(config)
        name: str = eventually(lambda: of_the_watchdog(oncall))[0]["id"]
        oncall.kill()
        silent_for_long(config)
        oncall.start()
        incident = eventually(lambda: told(oncall.client.incident(name)), within=120)
        assert incident["causes"][0]["id"] == "prometheus-down"
        assert len(of_the_watchdog(oncall)) == len(mails(config, name)) == 1
        with alert_path(config):
            incident = eventually(lambda: over(oncall.client.incident(name)), within=120)
        assert texts(incident, "alert-resolved") == ["The Watchdog comes through again"]
        assert doubled(incident) == []
        assert len(eventually(lambda: both if len(both := mails(config, name)) == 2 else None)) == 2
