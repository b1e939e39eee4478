"""What is concluded from findings: causes in their order, what speaks against them, how sure they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tixmaster.oncall.diagnosis import causes_of, changed_first, matching
from tixmaster.oncall.evidence.first_change import Change, FirstChange
from tixmaster.oncall.practice import Count, Practice
from tixmaster.oncall.sop.library import load
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL

RUNBOOKS = load(MANUAL, SERVICE_NAMES).runbooks
PROOF = [
    {"id": "E1", "kind": "log-excerpt", "status": "ok", "title": "error.log"},
    {"id": "E2", "kind": "panel", "status": "failed", "title": "Latency"},
]
DRILLED = Practice(
    causes={"database-refuses-connections": Count(named=8, right=8), "off-peak": Count(named=2, right=1)},
    first=Count(named=12, right=8),
)
NO_ANSWER = {"answered": False, "timed_out": True, "status_code": None}


Findings = dict[str, tuple[str, dict[str, Any]]]


def found(alertname: str, **findings: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What every step of a runbook found: all is well but for these."""
    said = {step.id: findings.get(step.id, ("ok", {})) for step in RUNBOOKS[alertname].steps}
    return [
        {
            "key": key,
            "title": {"en": key, "zh-TW": key},
            "status": status,
            "value": value,
            "reason": status,
            "reason_zh": status,
        }
        for key, (status, value) in said.items()
    ]


def concluded(alertname: str, **findings: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return causes_of(RUNBOOKS[alertname], found(alertname, **findings), PROOF, DRILLED)


@pytest.mark.parametrize("alertname", sorted(RUNBOOKS))
def test_no_cause_is_invented_where_all_is_well(alertname: str) -> None:
    """Every runbook, with every step content, says that it found none, and that it is not sure of anything."""
    (only,) = concluded(alertname)
    assert (only["id"], only["confidence"]) == ("no-cause-found", 0.0)
    assert only["because"] == ["every step found things as they should be"]


def test_a_cause_says_why_and_cites_what_was_taken() -> None:
    """Its reasons are the findings of its condition; an artefact that is not there proves nothing."""
    first, *_ = concluded("HighErrorRate", database_port=("failed", {}), errors=("failed", {"matching": 40}))
    assert first["id"] == "database-refuses-connections"
    assert first["because"] == ["errors: failed", "database_port: failed"]
    assert first["evidence"] == ["E1"]


def test_a_cause_is_as_sure_as_its_drills() -> None:
    """Eight of eight is the lower end of Wilson's interval; untried, what runbooks are worth at their first drill."""
    first, *_ = concluded("HighErrorRate", database_port=("failed", {}), database=("failed", {}))
    assert (first["confidence"], first["practice"]) == (0.83, {"named": 8, "right": 8})
    untried, *_ = concluded("InstanceDown", process=("failed", {}), answers=("failed", {}))
    assert (untried["confidence"], untried["practice"]) == (0.48, {"named": 0, "right": 0})


def test_what_contradicts_a_cause_is_said_and_nothing_is_done_about_it() -> None:
    """The process hangs by one look and sells by another: no restart follows."""
    findings: Findings = {
        "process": ("ok", {}),
        "answers": ("failed", NO_ANSWER),
        "checkout": ("ok", {"timed_out": False}),
    }
    first, *_ = concluded("SyntheticCheckoutFailing", **findings)
    assert first["id"] == "backend-hangs"
    assert first["contradicts"] == ["checkout: ok"]
    assert first["confidence"] == 0.24
    assert matching(RUNBOOKS["SyntheticCheckoutFailing"], found("SyntheticCheckoutFailing", **findings)) == []


def test_a_contradicted_cause_comes_after_one_that_nothing_contradicts() -> None:
    """Whatever the table thinks of them."""
    first, second = concluded(
        "InstanceDown",
        process=("failed", {"uptime_seconds": None}),
        database_port=("failed", {}),
        errors=("failed", {"matching": 3}),
        database=("ok", {}),
        answers=("failed", {}),
    )
    assert [first["id"], second["id"]] == ["backend-not-running", "database-refuses-connections"]
    assert second["contradicts"] == ["database: ok"]


def test_off_peak_is_said_only_where_the_shop_works() -> None:
    """Few visitors at a shop that does not sell are no quiet night."""
    few = ("ok", {"number": 0.2})
    assert concluded("LowOrderVolume", visitors=few)[0]["id"] == "off-peak"
    broken = ("failed", {"timed_out": False, "step": "order"})
    assert concluded("LowOrderVolume", visitors=few, checkout=broken)[0]["id"] == "order-api-refuses"


def test_what_changed_first_is_told_by_its_chance() -> None:
    """The likeliest first, with the artefact; what hardly can have been the first is left out."""
    at = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
    known: dict[str, Any] = {"at": at, "direction": "up", "size": 9.0, "certainty": 1.0, "before": 0.0, "after": 5.0}
    changes = [
        Change(metric=metric, labels={"service": service}, first=first, **known)
        for metric, service, first in (("late", "backend", 0.05), ("up", "backend", 0.3), ("locks", "postgres", 0.6))
    ]
    found = FirstChange(
        services=("backend",), since=at, until=at, step_seconds=1.0, series=90, left_out=0, changes=tuple(changes)
    )
    taken = [{"id": "E9", "kind": "first-change", "status": "ok", "path": "first-change.json"}]
    first, second = changed_first(taken, found, at + timedelta(seconds=4))
    assert first == "Changed first (60% sure, E9): locks of postgres, 0 → 5, 4 s before the trouble began"
    assert second.startswith("Changed first (30% sure, E9): up of backend")
    assert changed_first([], None, at) == []


def test_without_a_history_nothing_is_named_as_the_first_change() -> None:
    """A system that has just been started has no usual; where others have one, what was left out is said."""
    at = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
    known: dict[str, Any] = {"at": at, "direction": "up", "size": 9.0, "certainty": 1.0, "before": 0.0, "after": 5.0}
    change = Change(metric="locks", labels={"service": "postgres"}, first=1.0, **known)
    span: dict[str, Any] = {"services": ("backend",), "since": at, "until": at, "step_seconds": 1.0, "left_out": 9}
    taken = [{"id": "E9", "kind": "first-change", "status": "ok", "path": "first-change.json"}]
    nothing = FirstChange(series=0, young=("backend",), **span)
    assert changed_first(taken, nothing, at) == [
        "Changed first: cannot be told, there is too little history from before the trouble (E9)"
    ]
    partly = FirstChange(series=7, young=("backend",), changes=(change,), **span)
    assert changed_first(taken, partly, at)[1:] == ["Left out of that, as started too shortly before: backend"]


def test_the_same_findings_give_the_same_bytes() -> None:
    """Nothing is drawn by lot, and nothing depends on an order that is not kept."""
    findings: Findings = {"database_port": ("failed", {}), "process": ("failed", {}), "answers": ("failed", {})}
    once, again = (
        msgspec.json.encode(concluded("*", **findings), enc_hook=lambda words: [str(words), words.zh]) for _ in range(2)
    )
    assert once == again


def test_a_cause_that_two_rows_name_is_said_once() -> None:
    """The stronger row speaks for it."""
    causes = concluded("HighErrorRate", database_port=("failed", {}), errors=("failed", {"matching": 40}))
    assert [one["id"] for one in causes].count("database-refuses-connections") == 1
