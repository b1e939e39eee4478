"""Drills against a whole system, as a person runs them: the fault is real, and so is everything that meets it.

Those of SOP-MON-001, and of the others one for each way in which it ends: by on-call, by a person. The rest, and the healthy
days, take ten minutes more: `tix drill run all`. Drills are judged by the second, so on a machine that others use one that
failed is given a second try, and that one counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.system import placed, tix

from tixmaster.drills import DRILLS
from tixmaster.stack import health, packages
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.client import Prometheus

Outcome = tuple[Config, dict[str, dict[str, Any]]]
"""The system, and the verdict on each drill."""
CHOSEN = {
    drill.name: drill
    for drill in DRILLS
    if drill.name
    in (
        "instance-down",
        "high-error-rate",
        "low-order-volume",
        "code-error",
        "connections-exhausted",
    )
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """`tix up`, `tix drill run … --json`, and what that printed."""
    if packages.missing():
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = placed(tmp_path_factory.mktemp("drills"), "fault_endpoints = true")
    try:
        brought = tix(config, "up")
        assert brought.returncode == 0, brought.stderr
        verdicts = drilled(config, *CHOSEN)
        if again := [name for name, verdict in verdicts.items() if not verdict["ok"]]:
            verdicts |= drilled(config, *again)
        yield config, verdicts
    finally:
        tix(config, "down")


def drilled(config: Config, *names: str) -> dict[str, dict[str, Any]]:
    """The verdict on each drill; the exit code says whether all are well."""
    done = tix(config, "drill", "run", *names, "--json", seconds=900)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert done.returncode == (0 if document["ok"] else 1), done.stderr
    return {item["name"]: item for item in document["drills"]}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_true_cause_is_found_and_the_service_comes_back(outcome: Outcome, name: str) -> None:
    """Every stage is reached, in an order that makes sense, by the one action that was called for or by none."""
    _, verdicts = outcome
    verdict = verdicts[name]
    remedy = CHOSEN[name].remedy
    assert verdict["ok"], verdict["failures"]
    assert verdict["diagnosed_cause"] == verdict["true_cause"]
    assert 0 < verdict["confidence"] < 1
    stages = verdict["stages"]
    assert list(stages) == list(CHOSEN[name].stages)
    assert 0 < stages["alert_firing"] <= stages["webhook"] <= stages["diagnosis"] <= stages["mail"] <= stages["closed"]
    assert [(action["command"], action["state"]) for action in verdict["actions"]] == (
        [(f"tix {remedy}", "done")] if remedy else []
    )


def test_one_mail_for_a_cause_and_one_for_its_end(outcome: Outcome) -> None:
    """Each incident has a page and a recovery, in one thread, and the catcher holds no others."""
    config, verdicts = outcome
    shown = json.loads(tix(config, "incidents", "--json").stdout)["incidents"]
    assert {item["incident"] for item in verdicts.values()} <= {item["id"] for item in shown}
    assert [item["others"] for item in verdicts.values()] == [[] for _ in verdicts]
    for item in shown:
        mails = json.loads(tix(config, "incident", "show", item["id"], "--json").stdout)["mails"]
        assert [(mail["kind"], mail["state"]) for mail in mails] == [("page", "sent"), ("recovered", "sent")]
    assert len(list((config.var / "mail" / "new").iterdir())) == 2 * len(shown)


def test_the_record_is_whole(outcome: Outcome) -> None:
    """The manifest's hashes match the files, and the text is there in both languages."""
    config, verdicts = outcome
    for verdict in verdicts.values():
        folder: Path = config.var / "records" / verdict["incident"]
        text = (folder / "incident.md").read_text(encoding="utf-8")
        assert "## English" in text
        assert "## 中文" in text
        taken = [item for item in json.loads((folder / "manifest.json").read_bytes()) if item["status"] == "ok"]
        assert {item["kind"] for item in taken} >= {"alerts", "findings", "panel", "numbers"}
        for item in taken:
            assert hashlib.sha256((folder / item["path"]).read_bytes()).hexdigest() == item["sha256"]


def test_a_drill_leaves_no_trouble_behind(outcome: Outcome) -> None:
    """The configured timing is back, nothing is open and everything is healthy."""
    config, _ = outcome
    assert json.loads(tix(config, "incidents", "--state", "open", "--json").stdout) == {"incidents": []}
    status = tix(config, "status", "--json")
    assert status.returncode == 0, status.stdout
    assert has_standard_timing(config)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_is_put_back(outcome: Outcome, number: signal.Signals) -> None:
    """Whoever ends it while the fault is in finds the service running and the configured timing in force."""
    config, _ = outcome
    command = [sys.executable, "-m", "tixmaster", "drill", "run", "high-error-rate"]
    environment = {**os.environ, "TIXMASTER_CONFIG": str(config.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as drill:
        assert drill.stdout is not None
        assert any(line.endswith("fault\n") for line in drill.stdout)
        drill.send_signal(number)
        assert drill.wait(60) == 130
    assert health.wait(config, "postgres", 10).healthy
    assert has_standard_timing(config)


def has_standard_timing(config: Config) -> bool:
    """As Prometheus has it in force."""
    with Prometheus(config.url("prometheus")) as prometheus:
        queries = [rule.query for rule in prometheus.rules()]
    return any("[5m]" in query for query in queries) and not any("[10s]" in query for query in queries)
