"""Carrying out a document at a person's word, over a configuration of which nothing runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from tixmaster.cli import sop
from tixmaster.oncall.errors import SopError, UnknownDocumentError, WrongUseError
from tixmaster.oncall.sop import run
from tixmaster.oncall.sop.library import Manual, load
from tixmaster.oncall.sop.run import Run
from tixmaster.stack.config import SERVICE_NAMES, Config

from .conftest import MANUAL, Change
from .test_lint import ACTION


@pytest.fixture(scope="module")
def manual() -> Manual:
    return load(MANUAL, SERVICE_NAMES)


def running(config: Config, manual: Manual, name: str, **more: Any) -> Run:
    now = datetime.now(UTC)
    return Run(target=run.find(manual, name, "backend"), config=config, started_at=now, now=lambda: now, **more)


def test_a_procedure_goes_on_past_what_it_cannot_reach(config: Config, manual: Manual) -> None:
    """The port is closed, so the log-in is skipped; who keeps the process is not there, which is said at the end."""
    carried_out = running(config, manual, "database")
    found = {item.step.id: item.finding.status for item in carried_out.steps()}
    assert found["database_port"] == "failed"
    assert found["database"] == "skipped"
    assert carried_out.exit_code() == 1
    assert [part.id for part, why in carried_out.undone() if "Supervisor" in why] == ["database_process"]


def test_a_runbook_names_causes_and_the_remedy_and_does_nothing(config: Config, manual: Manual) -> None:
    """The first row that holds, with the findings it rests on."""
    carried_out = running(config, manual, "DatabaseDown")
    list(carried_out.steps())
    document = run.as_json(carried_out, manual)
    assert document["cause"] == document["causes"][0]["id"] == "database-refuses-connections"
    assert any("connection refused" in reason for reason in document["causes"][0]["because"])
    assert document["remedy"] == {
        "command": "tix restart postgres",
        "policy": "approve",
        "oncall": "would propose it",
        "oncall_zh": "將提出建議",
    }
    assert carried_out.exit_code() == 1


def test_where_nothing_can_be_reached_that_is_the_outcome(config: Config, manual: Manual) -> None:
    """Neither well nor ill: exit code 3."""
    carried_out = running(config, manual, "database", ask=lambda part: "run" if "process" in part.id else "skip")
    assert [item.finding.status for item in carried_out.steps()] == ["error"]
    assert carried_out.exit_code() == 3


def test_a_person_skips_a_step_and_quits(config: Config, manual: Manual) -> None:
    """What was left out is listed, with the reason."""
    answers = iter(("skip", "run", "quit"))
    carried_out = running(config, manual, "database", ask=lambda _part: next(answers))
    assert [item.step.id for item in carried_out.steps()] == ["database_process"]
    why = [why for part, why in carried_out.undone() if part.id != "database_process"]
    assert why == ["you skipped it", *["you ended the run before it"] * 3]


def test_nothing_is_done_without_a_yes(config: Config, folder: Path) -> None:
    """A procedure that acts asks; the answer is no."""
    path = folder / "procedures" / "restart.md"
    path.write_text(path.read_text(encoding="utf-8") + ACTION.replace("when:", "# when:"), encoding="utf-8")
    last = list(running(config, load(folder, SERVICE_NAMES), "restart").steps())[-1]
    assert last.step.id == "acted"
    assert (last.finding.status, last.finding.reason) == ("skipped", "nobody said yes to it; nothing was done")


def test_a_plan_shows_what_depends_on_what(config: Config, manual: Manual) -> None:
    """Check, parameters, condition, what a person would type, and what on-call would do."""
    plan = run.plan(run.find(manual, "DatabaseDown", "postgres"), config)
    step = next(item for item in plan["steps"] if item["id"] == "database")
    assert (step["check"], step["depends_on"]) == ("postgres", ["database_port"])
    assert set(step["commands"]) == {"powershell", "bash"}
    assert {row["oncall"] for row in plan["decisions"] if row["remedy"]} == {"would propose it"}


def test_an_alert_of_another_service_is_looked_into_there(config: Config, manual: Manual) -> None:
    """Its own process, log and health are asked, and its own restart is proposed; never the backend's."""
    target = run.find(manual, "InstanceDown", "mail")
    carried_out = Run(target=target, config=config, started_at=datetime.now(UTC), now=lambda: datetime.now(UTC))
    found = {item.step.id: item for item in carried_out.steps()}
    assert found["process"].step.title.en == "Process of mail"
    assert "tix logs mail" in target.commands["errors"]["bash"]
    assert found["answers"].finding.status == "failed"
    assert f":{config.services.mail.port}" in found["answers"].finding.reason
    assert target.runbook is not None
    assert {row.remedy for row in target.runbook.decisions if row.remedy} == {"restart mail"}


@pytest.mark.parametrize(("name", "near"), [("databse", "`database`"), ("highErrorRat", "`HighErrorRate`")])
def test_a_wrong_name_gets_the_nearest(manual: Manual, name: str, near: str) -> None:
    """Capitals count for nothing; the exit code is 2."""
    with pytest.raises(UnknownDocumentError, match=near) as refused:
        run.find(manual, name, "backend")
    assert refused.value.exit_code == 2


@pytest.fixture
def tix(config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The command line over the copy of the manual, on ports where nothing runs."""
    path = config.root / "tixmaster.toml"
    places = [f"{name} = {{ port = {config.service(name).port} }}" for name in SERVICE_NAMES]
    path.write_text("\n".join([f'oncall.sop = "{folder}"', "[services]", *places]), encoding="utf-8")
    monkeypatch.setenv("TIXMASTER_CONFIG", str(path))
    app = App(name="tix", result_action="return_value")
    sop.register(app)
    return app


def test_the_commands_answer_with_one_document(tix: App, capsys: pytest.CaptureFixture[str]) -> None:
    """And with the exit code that scripts rely on."""
    for command, code, keys in (
        ("lint", 0, {"ok", "problems", "packages"}),
        ("test Watchdog", 0, {"ok", "tests", "rows", "reached", "problems"}),
        ("run database", 1, {"ok", "steps", "causes", "remedy", "not_carried_out", "interrupted"}),
        ("run InstanceDown --dry-run", 0, {"document", "dry_run", "steps", "decisions"}),
        ("list", 0, {"runbooks", "procedures"}),
    ):
        assert tix(["sop", *command.split(), "--json"]) == code, command
        assert keys <= set(json.loads(capsys.readouterr().out)), command


def test_the_commands_say_it_to_people(tix: App, change: Change, capsys: pytest.CaptureFixture[str]) -> None:
    """Each step with its mark, then what could not be carried out; the tests with their count."""
    assert tix(["sop", "run", "database"]) == 1
    said = capsys.readouterr().out
    assert "✗ Database port: TCP" in said
    assert "Not carried out" in said
    assert tix(["sop", "test", "Watchdog"]) == 0
    assert "tests, 14 of 14 rows" in capsys.readouterr().out
    change("Watchdog.md", "prometheus_ready`", "prometheus_reedy`")
    assert tix(["sop", "lint"]) == 1
    assert "write `prometheus_ready`" in capsys.readouterr().out
    with pytest.raises(SopError, match="prometheus_reedy"):
        tix(["sop", "run", "database"])


def test_steps_are_asked_about_at_a_terminal_only(tix: App) -> None:
    """Under cron nobody answers."""
    with pytest.raises(WrongUseError, match="no terminal"):
        tix(["sop", "run", "database", "--step"])
