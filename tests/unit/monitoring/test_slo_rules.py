"""The budget and its tiers from the requests themselves; what drills do is no part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tixmaster.stack.monitoring.series import BUDGET_SPENT, DRILL_IN_FORCE, REQUESTS, TIER_LONG, TIER_SHORT

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Bench

WHERE = 'service="backend",env="local"'


def requests(status: str) -> str:
    return f'{REQUESTS}{{{WHERE},http_route="/api/events",http_response_status_code="{status}"}}'


def value(expr: str, moment: int, expected: float | None) -> dict[str, object]:
    """That the expression has one value, or none; to two digits."""
    samples = [] if expected is None else [{"labels": "{}", "value": expected}]
    return {"expr": f"round(sum({expr}), 0.01)", "eval_time": f"{moment}s", "exp_samples": samples}


@pytest.mark.parametrize("timing", ["drill"], indirect=True)
def test_the_tiers_and_the_budget_are_sums_of_what_was_counted(bench: Bench) -> None:
    """A tenth fails from the beginning: each window says so once it is filled by half, and the budget is spent 20 times."""
    step, steps = bench.timings.slo_interval, 60
    series = {requests("200"): f"0+90x{steps}", requests("500"): f"0+10x{steps}"}
    expected = [
        value(f'{TIER_SHORT}{{tier="2"}}', 50, 0.1),
        value(f'{TIER_LONG}{{tier="2"}}', 25, None),
        value(f'{TIER_LONG}{{tier="2"}}', 50, 0.1),
        value(f'{TIER_LONG}{{tier="4"}}', 85, None),
        value(f'{TIER_LONG}{{tier="4"}}', 120, 0.1),
        value(BUDGET_SPENT, 200, 20),
    ]
    bench.evaluate(series, step, expected, of="ErrorBudgetExhausted")


@pytest.mark.parametrize("timing", ["drill"], indirect=True)
def test_a_burst_of_few_requests_and_a_counter_that_begins_anew_are_no_burn(bench: Bench) -> None:
    """Below the gate a tier has no short ratio; a restart of the service is neither requests nor errors."""
    step = bench.timings.slo_interval
    series = {requests("200"): "0 100 200 300 5 105 205 305 405x30", requests("500"): "50x3 0x40"}
    expected = [value(f'{TIER_SHORT}{{tier="2"}}', 35, 0), value(f'{TIER_SHORT}{{tier="2"}}', 120, None)]
    bench.evaluate(series, step, expected, of="ErrorBudgetExhausted")


@pytest.mark.parametrize("timing", ["drill"], indirect=True)
def test_what_fails_in_a_drill_spends_no_budget(bench: Bench) -> None:
    """Nothing is counted while a drill is in force."""
    step, steps = bench.timings.slo_interval, 40
    series = {
        requests("200"): f"0+100x{steps}",
        requests("500"): "0x9 0+100x10 1000x30",
        f'{DRILL_IN_FORCE}{{service="oncall",env="local"}}': "0x8 1x13 0x30",
    }
    bench.evaluate(series, step, [value(BUDGET_SPENT, 195, 0)], of="ErrorBudgetExhausted")
