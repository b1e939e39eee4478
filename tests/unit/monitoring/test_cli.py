"""The monitoring commands at the keyboard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cyclopts import App

from tixmaster.cli import monitoring
from tixmaster.stack.errors import UnreachableError


@pytest.fixture
def tix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The command line over a system of which nothing runs."""
    path = tmp_path / "tixmaster.toml"
    path.write_text(
        "[services]\ngrafana = { port = 9 }\nprometheus = { port = 13 }\n"
        "alertmanager = { port = 17 }\noncall = { port = 19 }\n"
    )
    monkeypatch.setenv("TIXMASTER_CONFIG", str(path))
    app, check = App(name="tix", result_action="return_value"), App(name="check")
    app.command(check)
    monitoring.register(app, check)
    return app


def test_the_check_of_a_dead_stack_says_what_to_do(tix: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Each silent server is a finding with its remedy, and the exit code is 3."""
    assert tix(["check", "monitoring"]) == 3
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("✗") == 3
    assert "tix restart monitoring" in printed
    assert "tix restart oncall" in printed


def test_the_check_as_json_is_one_document(tix: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts read it whole."""
    tix(["check", "monitoring", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    found = {check["name"]: (check["ok"], check["reached"]) for check in document["checks"]}
    dead = (False, False)
    assert found == {"Prometheus": dead, "Alertmanager": dead, "on-call": dead, "Grafana": (True, True)}


def test_alerts_of_a_dead_alertmanager_are_an_error(tix: App) -> None:
    """Nobody answers is not the same as nothing fires."""
    with pytest.raises(UnreachableError, match="Alertmanager"):
        tix(["alerts"])


@pytest.mark.usefixtures("needs_promtool")
def test_the_description_is_proved_without_a_server(
    tix: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both profiles, the way of each alert, its runbook and its graph."""
    (tmp_path / "sop").symlink_to(Path(__file__).parents[3] / "sop")
    assert tix(["monitoring", "check", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    names = [check["name"] for check in document["checks"]]
    assert names == ["standard profile", "drill profile", "routes", "runbooks", "panels"]
    assert document["ok"] is True


@pytest.mark.usefixtures("needs_promtool")
def test_an_alert_without_a_runbook_is_named(tix: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it."""
    shutil.copytree(Path(__file__).parents[3] / "sop", tmp_path / "sop")
    (tmp_path / "sop" / "HighLatency.md").unlink()
    assert tix(["monitoring", "check"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "for HighLatency" in printed
    assert "tix sop lint" in printed
