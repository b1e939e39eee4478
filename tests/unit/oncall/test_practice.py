"""What drills say of diagnoses: counts, and the rate that is surely exceeded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.oncall.practice import Count, Practice, own_file, practice
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


@pytest.mark.parametrize(
    ("right", "named", "bound"),
    [(0, 0, 0.0), (1, 1, 0.378), (3, 3, 0.646), (10, 10, 0.859), (5, 10, 0.313), (0, 4, 0.0)],
)
def test_the_bound_is_wilsons(right: int, named: int, bound: float) -> None:
    """One-sided at 90 %: one success proves little, ten prove much, and no series proves certainty."""
    assert Count(named=named, right=right).bound == pytest.approx(bound, abs=0.001)


def test_a_contradicted_cause_is_worth_half_an_untried_one() -> None:
    """However well it did in drills, in which nothing contradicted it."""
    drilled = Practice(causes={"tried": Count(named=50, right=50)}, first=Count(named=12, right=8))
    sure, untried = (drilled.confidence(cause, contradicted=False) for cause in ("tried", "new"))
    assert sure > 0.95
    assert [drilled.confidence(cause, contradicted=True) for cause in ("tried", "new")] == [round(untried / 2, 2)] * 2


def test_a_cause_that_was_wrong_is_worth_less_than_an_untried_one() -> None:
    """It was named once, and it was not so."""
    drilled = Practice(causes={"wrong": Count(named=1, right=0)}, first=Count(named=12, right=8))
    assert drilled.confidence("wrong", contradicted=False) == 0 < drilled.confidence("new", contradicted=False)


def test_drills_on_which_the_manual_was_mended_speak_only_where_no_others_do() -> None:
    """They are right by construction."""
    mended = {"old": Count(named=9, right=9), "both": Count(named=9, right=9)}
    drilled = Practice(causes={"both": Count(named=3, right=2)}, mended=mended, first=Count(named=12, right=8))
    assert (drilled.of("old"), drilled.of("both")) == (Count(named=9, right=9), Count(named=3, right=2))


def test_the_installations_own_drills_count_too(tmp_path: Path) -> None:
    """On top of those that ship with the product."""
    config = Config(root=tmp_path)
    before = practice(config).causes.get("off-peak", Count())
    own_file(config).parent.mkdir(parents=True)
    own_file(config).write_text('{"causes": {"off-peak": {"named": 2, "right": 1}}}')
    assert practice(config).of("off-peak") == before + Count(named=2, right=1)


def test_a_broken_count_is_named(tmp_path: Path) -> None:
    """With its place, and the command that makes it anew."""
    config = Config(root=tmp_path)
    own_file(config).parent.mkdir(parents=True)
    own_file(config).write_text("{")
    with pytest.raises(ConfigError, match=r"practice\.json cannot be read.*tix drill calibrate"):
        practice(config)
