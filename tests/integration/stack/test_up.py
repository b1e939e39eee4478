"""`tix up` to `tix down` with everything real, through the command line."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.promql import metrics
from tests.system import placed, processes, tix

from tixmaster.oncall.sop.library import Library
from tixmaster.stack import packages, secrets
from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.dashboards import PANELS
from tixmaster.stack.monitoring.model import Recording
from tixmaster.stack.monitoring.series import CHECKOUTS, ORDERS
from tixmaster.stack.monitoring.server import HttpServer
from tixmaster.stack.monitoring.timings import PROFILES

DRILL = 'timing = "drill"'
CAMPAIGN = (
    'calendar = [{ title = "Past", kind = "campaign", from = 2020-01-01T00:00:00Z, until = 2020-01-02T00:00:00Z }]'
)
SERVICES = {f"tixmaster-{name}" for name in SERVICE_NAMES if name != "grafana"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, str]]:
    """A whole stack on free ports, and what the first `tix up` said."""
    if packages.missing():
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = placed(tmp_path_factory.mktemp("up"), DRILL, CAMPAIGN, "oncall.checkout_seconds = 0.5")
    first = tix(config, "up")
    assert first.returncode == 0, first.stderr
    yield config, first.stdout
    assert tix(config, "down").returncode == 0


def test_everything_is_healthy_when_up_returns(stack: tuple[Config, str]) -> None:
    """`tix status --json` is one document of the promised shape."""
    config, _ = stack
    done = tix(config, "status", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (0, True)
    assert {item["name"] for item in document["services"]} >= SERVICES
    assert all({"name", "state", "healthy", "address", "manager"} <= item.keys() for item in document["services"])


def test_the_first_password_is_shown_once_and_state_is_private(stack: tuple[Config, str]) -> None:
    """The second `tix up` shows no password and changes nothing."""
    config, said = stack
    password = secrets.read(config, "console-password")
    assert password in said
    before = processes(config)
    again = tix(config, "up")
    assert again.returncode == 0
    assert processes(config) == before
    assert password not in again.stdout
    assert config.var.stat().st_mode & 0o077 in (0, 0o011)


def test_another_stack_on_the_same_port_is_told_who_holds_it(stack: tuple[Config, str], tmp_path: Path) -> None:
    """Before it starts anything."""
    config, _ = stack
    text = config.path.read_text() if config.path else ""
    (tmp_path / "tixmaster.toml").write_text(text)
    done = tix(config, "up", TIXMASTER_CONFIG=str(tmp_path / "tixmaster.toml"))
    pid = manager_of(config, "backend").status().pid
    assert done.returncode == 2
    assert f"port {config.services.backend.port} for tixmaster-backend is taken by process {pid} (" in done.stderr
    assert not (tmp_path / "var" / "supervisor").exists()


def test_the_test_shopper_buys_and_leaves_no_trace(stack: tuple[Config, str]) -> None:
    """Its purchases are counted by on-call and by nobody else; every seat is where it was."""
    config, _ = stack

    def counted(service: str, name: str, outcome: str) -> float:
        families = text_string_to_metric_families(httpx.get(config.url(service, "/metrics")).text)
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if sample.labels["outcome"] == outcome)

    def bought(number: float) -> None:
        deadline = time.monotonic() + 120
        while counted("oncall", CHECKOUTS, "ok") < number:
            assert time.monotonic() < deadline, (config.var / "oncall" / "logs" / "combined.log").read_text()[-2000:]
            time.sleep(0.1)

    bought(1)
    before = counted("oncall", CHECKOUTS, "failed")  # it may have come before the shop was open
    bought(counted("oncall", CHECKOUTS, "ok") + 2)
    assert counted("oncall", CHECKOUTS, "failed") == before
    assert counted("backend", ORDERS, "confirmed") == 0
    assert tix(config, "check", "stock").returncode == 0


def test_a_restart_is_a_new_process_and_says_so(stack: tuple[Config, str]) -> None:
    """Through the manager, verified by health."""
    config, _ = stack
    before = processes(config)["backend"]
    done = tix(config, "restart", "backend")
    assert done.returncode == 0
    assert f"supervisor replaced process {before} by process {processes(config)['backend']}" in done.stdout


def test_the_check_of_the_database(stack: tuple[Config, str]) -> None:
    """Well, it counts connections."""
    config, _ = stack
    document = json.loads(tix(config, "check", "db", "--json").stdout)
    assert document["ok"]
    assert [item["what"] for item in document["checks"]] == ["port", "process", "log-in"]


def test_no_secret_is_on_a_command_line(stack: tuple[Config, str]) -> None:
    """`ps` shows them to everybody."""
    config, _ = stack
    lines = [" ".join(psutil.Process(pid).cmdline()) for pid in processes(config).values() if pid]
    assert not [name for name in secrets.NAMES for line in lines if secrets.read(config, name) in line]


MEASURED_ELSEWHERE = {
    "pg_": "by a postgres_exporter, which a system has in place of on-call's collector ([monitoring] in tixmaster.toml)",
    "node_": "by a node_exporter, likewise",
}
"""The beginnings of names that no service of ours exports, and who does."""
OF_PROMETHEUS_ITSELF = {
    "up",
    "ALERTS",
    "ALERTS_FOR_STATE",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_duration_seconds",
}


def expressions(config: Config) -> set[str]:
    """All that rules, panels and runbooks ask of Prometheus."""
    groups = rules.groups(config, PROFILES[config.timing])
    runbooks = Library(config.sop, config.service_names).manual.runbooks.values()
    asked = {rule.expr for group in groups for rule in group.rules}
    asked |= {query.expr for panel in PANELS for query in panel.queries}
    steps = [step for runbook in runbooks for step in runbook.steps if "query" in step.params]
    return asked | {step.params["query"].replace("$before", "5m") for step in steps}


def exported(config: Config) -> set[str]:
    """The metrics on the pages of the running services; one that has no value yet is announced by its type."""
    found = set()
    for service in ("backend", "oncall", "prometheus", "alertmanager"):
        with HttpServer(config.url(service)) as server:
            found |= {name for name, _, _ in server.metrics()}
            found |= set(re.findall(r"^# TYPE (\S+) gauge$", server.send("GET", "/metrics").text, re.M))
    return found


def test_every_metric_that_is_asked_for_is_exported_or_recorded(stack: tuple[Config, str]) -> None:
    """A rule over a metric that nobody exports never fires, and nobody notices."""
    config, _ = stack
    groups = rules.groups(config, PROFILES[config.timing])
    recorded = {rule.name for group in groups for rule in group.rules if isinstance(rule, Recording)}
    asked = {name for expression in expressions(config) for name in metrics(expression)}
    elsewhere = {name for name in asked if name.startswith(tuple(MEASURED_ELSEWHERE))}
    assert asked - elsewhere - recorded - OF_PROMETHEUS_ITSELF - exported(config) == set()
    assert all(any(name.startswith(prefix) for name in elsewhere) for prefix in MEASURED_ELSEWHERE)
