"""The monitoring commands at the keyboard."""

from __future__ import annotations

import json
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
        "[services]\ngrafana = { port = 9 }\nprometheus = { port = 9 }\nalertmanager = { port = 9 }\noncall = { port = 9 }\n"
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


def test_the_files_of_both_profiles_are_checked(tix: App, capsys: pytest.CaptureFixture[str]) -> None:
    """`tix monitoring check` needs no running server."""
    code = tix(["monitoring", "check", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code == 0) == document["ok"]
    assert document["profiles"] == {"standard": None, "drill": None}
