"""Medians, and what they are judged by."""

from __future__ import annotations

from typing import Any

import pytest

from tixmaster.bench import report
from tixmaster.bench.machine import Machine
from tixmaster.bench.onsale import HOT, LOADS, Outcome
from tixmaster.bench.pgbench import BASELINES
from tixmaster.bench.sale import Count
from tixmaster.bench.wrk import Sample

MACHINE = Machine(
    cores=2, postgresql="18.4", synchronous_commit="on", fsync="on", fsync_method="fdatasync", sync_ms=0.1
)


def one(per_s: float = 9000, p99_ms: float = 40, **wrong: int) -> Sample:
    """A round of a hundred orders."""
    return Sample(per_s=per_s, p50_ms=10, p99_ms=p99_ms, right=100, wrong=wrong)


def outcome(*hot: Sample, orders: int = 600, stock: int = 400, memory_mb: float = 100) -> Outcome:
    """A run of three rounds, of the hot row as given; 600 of 1000 seats were acknowledged: three samples and their like."""
    samples = {load.name: [one()] for load in LOADS} | {HOT.name: list(hot) or [one()] * 3}
    count = Count(seats=1000, stock=stock, orders=orders, held=1000 - stock, sold=0)
    return Outcome(
        machine=MACHINE,
        baselines={"pgbench_tps": [900, 1000, 4000], "pgbench_one_statement_tps": [1000, 2000, 2000]},
        warm_up=one(),
        samples=samples,
        memory_mb=memory_mb,
        count=count,
    )


def failed(found: dict[str, Any]) -> list[str]:
    """What was not as it had to be."""
    return [verdict.name for verdict in report.judge(found) if not verdict.ok]


def test_a_run_that_meets_every_target_is_well() -> None:
    """Its document has the four parts that scripts rely on."""
    document = report.document(report.figures(outcome()))
    assert (document["bench"], document["ok"]) == ("onsale", True)
    assert document["targets"] == {"ratio": 6, "p99_ms": 60, "memory_mb": 250}


def test_figures_are_medians_and_the_ratio_is_theirs() -> None:
    """One slow or fast round of a noisy machine moves nothing."""
    found = report.figures(outcome(one(8000, 55), one(100, 900), one(9000, 50)))
    assert (found["orders_per_s"], found["pgbench_tps"], found["ratio"], found["p99_ms"]) == (8000, 1000, 8, 55)
    assert found["rounds"]["orders_per_s"] == [8000, 100, 9000]


@pytest.mark.parametrize(
    ("run", "missed"),
    [
        (outcome(*[one(per_s=5900)] * 3), "ratio"),
        (outcome(*[one(p99_ms=61)] * 3), "p99_ms"),
        (outcome(memory_mb=251), "memory_mb"),
        (outcome(one(refused=1), one(), one()), "errors"),
        (outcome(orders=601), "sold_exactly"),
    ],
)
def test_each_miss_is_named_and_makes_the_run_fail(run: Outcome, missed: str) -> None:
    """A target, a wrong answer, an order that nobody was told of."""
    found = report.figures(run)
    assert failed(found) == [missed]
    assert not report.document(found)["ok"]


def test_a_lost_seat_is_found_although_the_orders_agree() -> None:
    """Stock, held and sold must be all the seats there are."""
    count = Count(seats=1000, stock=399, orders=600, held=600, sold=0)
    assert not count.exactly(600)


def test_the_table_for_people_has_a_line_for_each_kind_of_round() -> None:
    """With the slowest and the fastest round beside the median."""
    rows = report.table(report.figures(outcome()))
    assert [row[0] for row in rows] == [one.title for one in (*BASELINES, *LOADS)]
    assert rows[0][1:3] == ("1,000", "900–4,000")
