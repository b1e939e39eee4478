"""Every drill against a whole system, as a person runs it: the fault is real, and so is everything that meets it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.system import placed, tix

from tixmaster.drills import DRILLS
from tixmaster.drills.verdict import STAGES
from tixmaster.stack import packages
from tixmaster.stack.config import Config

Outcome = tuple[Config, dict[str, Any]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """`tix up`, `tix drill run all --json`, and what that printed."""
    if packages.missing():
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = placed(tmp_path_factory.mktemp("drills"), "fault_endpoints = true")
    try:
        brought = tix(config, "up")
        assert brought.returncode == 0, brought.stderr
        drilled = tix(config, "drill", "run", "all", "--json", seconds=600)
        assert drilled.returncode == 0, drilled.stderr + drilled.stdout
        yield config, json.loads(drilled.stdout)
    finally:
        tix(config, "down")


@pytest.mark.parametrize("name", [drill.name for drill in DRILLS])
def test_the_true_cause_is_found_and_the_service_comes_back(outcome: Outcome, name: str) -> None:
    """Every stage is reached, in an order that makes sense, by one action that worked."""
    _, document = outcome
    verdict = next(item for item in document["drills"] if item["name"] == name)
    assert verdict["ok"], verdict["failures"]
    assert verdict["diagnosed_cause"] == verdict["true_cause"]
    stages = verdict["stages"]
    assert list(stages) == list(STAGES)
    assert 0 < stages["alert_firing"] <= stages["webhook"] <= stages["diagnosis"] <= stages["mail"] <= stages["closed"]
    assert [action["state"] for action in verdict["actions"]] == ["done"]


def test_one_mail_for_a_cause_and_one_for_its_end(outcome: Outcome) -> None:
    """Each incident has a page and a recovery, in one thread, and the catcher holds no others."""
    config, document = outcome
    shown = json.loads(tix(config, "incidents", "--json").stdout)["incidents"]
    assert len(shown) == len(document["drills"])
    for item in shown:
        mails = json.loads(tix(config, "incident", "show", item["id"], "--json").stdout)["mails"]
        assert [(mail["kind"], mail["state"]) for mail in mails] == [("page", "sent"), ("recovered", "sent")]
    assert len(list((config.var / "mail" / "new").iterdir())) == 2 * len(shown)


def test_the_record_is_whole(outcome: Outcome) -> None:
    """The manifest's hashes match the files, and the text is there in both languages."""
    config, document = outcome
    for verdict in document["drills"]:
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
    assert "[5m]" in (config.var / "prometheus" / "rules" / "availability.yml").read_text()
