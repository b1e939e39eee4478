"""From the record of drills to counts."""

from __future__ import annotations

import pytest

from tixmaster.drills.calibrate import calibrate
from tixmaster.drills.verdict import Verdict, folder, write_down
from tixmaster.oncall.practice import Count, own_file, practice
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


def test_each_cause_is_counted_with_its_right_ones(config: Config) -> None:
    """Further incidents count as well; that nothing was found does not."""
    other = {"incident": "INC-2", "alert": "LowOrderVolume", "cause": "off-peak"}
    for cause in ("backend-hangs", "backend-restarted", "no-cause-found"):
        write_down(config, Verdict(name="d", true_cause="backend-hangs", diagnosed_cause=cause, others=[other]))
    counted = calibrate(config).causes
    assert list(counted) == ["backend-hangs", "backend-restarted", "off-peak"]
    assert counted["backend-hangs"] == Count(named=1, right=1)
    assert counted["off-peak"] == Count(named=3, right=0)
    assert practice(config).of("backend-restarted").named >= 1
    assert own_file(config).is_file()


def test_without_a_drill_there_is_nothing_to_count(config: Config) -> None:
    """It says what comes first."""
    with pytest.raises(ConfigError, match="`tix drill run all` comes first"):
        calibrate(config)
    (folder(config) / "results.jsonl").write_text("not an outcome\n")
    with pytest.raises(ConfigError, match="no outcome of a drill"):
        calibrate(config)
