"""What several wrk processes told, as one sample."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tixmaster.bench.errors import BenchError
from tixmaster.bench.wrk import Told, find, sample


def told(statuses: dict[int, int], *, seconds: float = 5, unanswered: int = 0, latency: int = 1000) -> Told:
    """A process that had so many answers of each status, all equally fast."""
    ended = 0 if unanswered else 100 + seconds
    return Told(
        began=100,
        ended=ended,
        unanswered=unanswered,
        broken=0,
        statuses=statuses,
        latency_us=[(latency, sum(statuses.values()))],
    )


def test_the_rates_of_two_processes_add_up_each_over_its_own_time() -> None:
    """One may wait longer for its last answer than the other."""
    both = sample([told({201: 5000}, seconds=5), told({201: 5000}, seconds=10)], right=201, seconds=5)
    assert both.per_s == 1500
    assert both.right == 10_000
    assert both.wrong == {}


def test_percentiles_are_taken_of_both_processes_together() -> None:
    """The slow half of the answers came from the second process."""
    both = sample([told({201: 100}, latency=1000), told({201: 100}, latency=80_000)], right=201, seconds=5)
    assert (both.p50_ms, both.p99_ms) == (1, 80)


def test_whatever_is_not_the_right_answer_is_named_and_counts_in_no_rate() -> None:
    """Refusals, answers that were still missing at the end, and broken connections."""
    one = sample([told({201: 500, 503: 7, 200: 1}, unanswered=2)], right=201, seconds=5)
    assert one.per_s == 100
    assert one.wrong == {"503": 7, "200": 1, "no answer": 2}


def test_a_round_without_any_answer_is_no_measurement() -> None:
    """Its percentiles would be invented."""
    with pytest.raises(BenchError, match="no answer"):
        sample([told({}, unanswered=64)], right=201, seconds=5)


def test_without_wrk_it_says_what_that_costs_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no package manager can be asked to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tixmaster.stack.programs.HOMEBREW", ())
    with pytest.raises(BenchError, match=r"wrk is not installed: .*under load\.\n  what to do  install wrk"):
        find(lambda _: None)


def test_the_line_of_the_script_is_understood() -> None:
    """JSON has only text as names; the statuses are numbers."""
    line = '{"began":1.5,"ended":2.5,"unanswered":0,"broken":0,"statuses":{"201":3},"latency_us":[[250,1],[260,2]]}'
    assert msgspec.json.decode(line, type=Told, strict=False).statuses == {201: 3}
