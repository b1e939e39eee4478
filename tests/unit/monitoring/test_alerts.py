"""Every alert in both profiles: fires, not before its time, not at the boundary, ends, and is silent without good reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.monitoring.promtool import complaints
from tests.unit.monitoring.specs import APART, KEYS, all_histories

from tixmaster.stack.config import Config, Timing
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.model import Alert
from tixmaster.stack.monitoring.series import DRILL_ENDED, DRILL_IN_FORCE
from tixmaster.stack.monitoring.timings import PROFILES, Timings


def alerts_of(timing: Timing) -> list[Alert]:
    return [alert for group in rules.groups(Config(), PROFILES[timing]) for alert in group.alerts]


def test_every_alert_stands_in_the_table() -> None:
    """Or has a test of its own, by name."""
    known = {(alert.name, alert.severity) for alert in alerts_of("standard")}
    assert known == KEYS | APART


@pytest.mark.usefixtures("needs_promtool")
def test_every_alert_fires_when_it_must_and_only_then(tmp_path: Path, timing: Timing) -> None:
    """Its hold, its boundary, its end; silence, NaN and a counter that begins anew are no trouble."""
    timings = PROFILES[timing]
    cases = list(all_histories(timings))
    assert complaints(tmp_path, alerts_of(timing), cases, timings) == []


DRILLED: dict[str, Callable[[Timings], int]] = {
    "HighErrorRate": lambda t: t.error_short_window,
    "AlertmanagerNotificationsFailing": lambda t: t.delivery_window,
    "OrderSuccessRatioLow": lambda t: t.error_short_window,
    "PaymentFailureRateHigh": lambda t: t.payment_window,
    "InstanceRestarting": lambda t: t.restart_window,
}
"""What a drill leaves in windows, and for how long after it the alert holds still."""


@pytest.mark.usefixtures("needs_promtool")
@pytest.mark.parametrize("alert", DRILLED)
def test_what_a_drill_leaves_behind_is_no_alarm(tmp_path: Path, timing: Timing, alert: str) -> None:
    """Silent for the length of the window after the drill, and not a moment longer."""
    timings = PROFILES[timing]
    cases = [case for case in all_histories(timings) if case.spec.alert == alert and any(case.fires.values())]
    first = min(moment for case in cases for moment, fires in case.fires.items() if fires)
    window = DRILLED[alert](timings)
    muted = [replace(case, fires=dict.fromkeys(case.fires, False)) for case in cases]
    ended = f'{DRILL_ENDED}{{service="oncall"}}'
    assert complaints(tmp_path, alerts_of(timing), muted, timings, {ended: "1e9x9999"}) == []
    assert complaints(tmp_path, alerts_of(timing), cases, timings, {ended: f"{-window - first}x9999"}) == []


@pytest.mark.usefixtures("needs_promtool")
@pytest.mark.parametrize("alert", ["InstanceRestarting", "InstanceDown"])
def test_comings_and_goings_of_a_drill_are_no_warning(tmp_path: Path, timing: Timing, alert: str) -> None:
    """As long as on-call says that a drill is on."""
    timings = PROFILES[timing]
    cases = [case for case in all_histories(timings) if case.spec.key == (alert, "warning")]
    muted = [replace(case, fires=dict.fromkeys(case.fires, False)) for case in cases]
    force = f'{DRILL_IN_FORCE}{{service="oncall"}}'
    assert complaints(tmp_path, alerts_of(timing), muted, timings, {force: "1x9999"}) == []
    assert complaints(tmp_path, alerts_of(timing), cases, timings, {force: "0x9999"}) == []
