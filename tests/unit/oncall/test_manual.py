"""The manual: the shipped one is clean, a broken one is refused with the place, and the last good one stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tixmaster.oncall.errors import SopError
from tixmaster.oncall.sop import conditions
from tixmaster.oncall.sop.library import Library, load
from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.alertmanager import CAUSES, OF_DATABASE
from tixmaster.stack.monitoring.model import Alert
from tixmaster.stack.monitoring.timings import STANDARD

from .conftest import MANUAL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped manual to break."""
    return shutil.copytree(MANUAL, tmp_path / "sop")


def test_the_shipped_manual_has_a_runbook_for_each_alert_of_the_sop() -> None:
    """And one for all the others."""
    assert {"InstanceDown", "HighErrorRate", "LowOrderVolume", "*"} <= set(load(MANUAL, SERVICE_NAMES).runbooks)


def test_every_alert_of_the_rules_has_a_runbook_of_its_own() -> None:
    """The generic one is for alerts of others."""
    alerts = {
        rule.name for group in rules.groups(Config(), STANDARD) for rule in group.rules if isinstance(rule, Alert)
    }
    assert alerts <= set(load(MANUAL, SERVICE_NAMES).runbooks)


def test_what_a_cause_mutes_its_runbook_explains() -> None:
    """An effect that reaches on-call before its cause joins the same incident."""
    runbooks = load(MANUAL, SERVICE_NAMES).runbooks
    for cause, effects in CAUSES.items():
        assert set(effects) <= set(runbooks[cause].explains), cause
    for cause in ("DatabaseDown", "ServiceDown"):
        assert set(OF_DATABASE) <= set(runbooks[cause].explains_dependents), cause


def test_procedures_are_taken_in_where_they_are_named() -> None:
    """The database procedure's steps stand in the runbook in its place."""
    steps = [step.id for step in load(MANUAL, SERVICE_NAMES).runbooks["HighErrorRate"].steps]
    assert steps.index("errors") < steps.index("database_port") < steps.index("process")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("check: onset", "check: onsett", "there is no check 'onsett'"),
        ("unit: percent", "colour: red", "colour"),
        ("procedure: database", "procedure: databse", "there is no procedure 'databse'"),
        ("`database_port.status", "`database_prt.status", "names `database_prt`, and no step is called that"),
        ('== "failed" && errors', '== "failed" && && errors', "is not CEL"),
        ("| `database-refuses-connections` |", "| `gremlins` |", "the cause 'gremlins' is not in causes.md"),
        ("`restart postgres`", "`reboot postgres`", "the remedy 'reboot postgres' is unknown"),
        ("| 0.97 |", "| sure |", "confidence is a number"),
        ("`restart postgres`", "`restart postgre`", "there is no service 'postgre'"),
        ("explains: [LowOrderVolume", "explains: [LowOrders", "no runbook is for the alert 'LowOrders'"),
        ("explains: [", "panels: [sales]\nexplains: [", "there is no panel 'sales'"),
        ("id: error_ratio", "id: onset", "used twice"),
        ('title: {en: "Many requests fail", zh-TW: "錯誤率過高"}', 'title: {en: "Many requests fail"}', "zh-TW"),
    ],
)
def test_a_broken_runbook_is_refused_with_its_place(folder: Path, old: str, new: str, said: str) -> None:
    """File, line, what is wrong."""
    path = folder / "HighErrorRate.md"
    text = path.read_text(encoding="utf-8")
    if old not in text:
        pytest.fail(f"the shipped runbook no longer holds {old!r}")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SopError) as refused:
        load(folder, SERVICE_NAMES)
    assert any(said in problem and "HighErrorRate.md:" in problem for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("check: postgres", "check: postgre", "there is no check 'postgre'"),
        (
            "when: database_port.status ==",
            "when: database_prt.status ==",
            "names `database_prt`, and no step is called that",
        ),
    ],
)
def test_a_broken_procedure_is_refused_once_with_its_own_place(folder: Path, old: str, new: str, said: str) -> None:
    """However many runbooks take it in."""
    path = folder / "procedures" / "database.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SopError) as refused:
        load(folder, SERVICE_NAMES)
    assert [said in problem for problem in refused.value.problems if "procedures/database.md:" in problem] == [True]


def test_a_broken_runbook_never_replaces_a_good_one(folder: Path) -> None:
    """The last good manual stays in force and the problems are said; mended, the new one is taken."""
    library = Library(folder, SERVICE_NAMES)
    path = folder / "HighErrorRate.md"
    good = path.read_text(encoding="utf-8")
    path.write_text("no front matter", encoding="utf-8")
    library.refresh()
    assert library.problems
    assert library.runbook_for("HighErrorRate", "backend").steps
    path.write_text(good.replace("Many requests fail", "Very many requests fail"), encoding="utf-8")
    library.refresh()
    assert library.problems == ()
    assert library.runbook_for("HighErrorRate", "backend").title.en == "Very many requests fail"


def test_an_unknown_alert_gets_the_generic_runbook() -> None:
    """Nobody is woken without facts."""
    assert Library(MANUAL, SERVICE_NAMES).runbook_for("SomethingElse", "backend").alert == "*"


@pytest.mark.parametrize(
    ("alert", "service", "followed"),
    [
        ("InstanceDown", "backend", "InstanceDown"),
        ("InstanceDown", "prometheus", "* {service}"),
        ("InstanceDown", "unknown", "InstanceDown"),
        ("DatabaseDown", "postgres", "DatabaseDown"),
        ("Watchdog", "prometheus", "Watchdog"),
        ("SomethingElse", "postgres", "*"),
        ("SomethingElse", "oncall", "* {service}"),
        ("SomethingElse", "unknown", "*"),
    ],
)
def test_a_runbook_is_followed_for_the_services_that_it_is_about(alert: str, service: str, followed: str) -> None:
    """Nobody restarts the backend because Prometheus is down."""
    runbook = Library(MANUAL, SERVICE_NAMES).runbook_for(alert, service)
    assert runbook.alert == followed
    assert "{service}" not in repr((runbook.steps, runbook.decisions))
    if followed == "* {service}":
        assert {row.remedy for row in runbook.decisions if row.remedy} == {f"restart {service}"}


def test_a_condition_over_a_missing_fact_is_false_and_says_so() -> None:
    """A step that could not look must not decide anything."""
    verdict = conditions.judge("checkout.value.timed_out", {"checkout": {"status": "error", "value": {}}})
    assert not verdict.holds
    assert "timed_out" in (verdict.problem or "")


def test_the_steps_a_condition_names() -> None:
    """Words in strings and fields of values are no steps."""
    assert conditions.steps_named('a.status == "b.status" && c.value.d > 1 || a.value.x') == ("a", "c")
