"""Every alert in both profiles: fires, not before its time, not at the boundary, ends, and is silent without good reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.monitoring.promtool import complaints
from tests.unit.monitoring.specs import APART, KEYS, all_histories
from tixmaster.stack.config import Config, Timing
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.model import Alert
from tixmaster.stack.monitoring.timings import PROFILES


def alerts_of(timing: Timing) -> list[Alert]:
    return [alert for group in rules.groups(Config(), PROFILES[timing]) for alert in group.alerts]


def test_every_alert_stands_in_the_table() -> None:
    """Or has a test of its own, by name."""
    database = {(alert.name, alert.severity) for group in rules.groups(Config(), PROFILES["standard"])
                if group.name == "postgres" for alert in group.alerts}  # fmt: skip
    known = {(alert.name, alert.severity) for alert in alerts_of("standard")} - database
    assert KEYS | APART == known


@pytest.mark.usefixtures("needs_promtool")
def test_every_alert_fires_when_it_must_and_only_then(tmp_path: Path, timing: Timing) -> None:
    """Its hold, its boundary, its end; silence, NaN and a counter that begins anew are no trouble."""
    timings = PROFILES[timing]
    cases = list(all_histories(timings))
    assert complaints(tmp_path, alerts_of(timing), cases, timings) == []
