"""What was written down before a jump of the machine's clock is as old afterwards as it was before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tixmaster.oncall.clock import Clock

from .conftest import START

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Machine:
    """A wall clock that can be set, and the time that passes."""

    def __init__(self) -> None:
        self.wall, self.awake = START, 0.0
        self.clock = Clock(wall=lambda: self.wall, steady=lambda: self.awake)

    def passes(self, time: timedelta) -> None:
        self.wall += time
        self.awake += time.total_seconds()
        self.clock.now()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize("jump", [3 * HOUR, -3 * HOUR, timedelta(days=20_000)])
def test_a_jump_makes_nothing_older_or_younger(machine: Machine, jump: timedelta) -> None:
    """Forward and backward, for what was before the process, before the jump, and after it."""
    before = machine.clock.now()
    machine.passes(10 * MINUTE)
    between = machine.clock.now()
    machine.passes(10 * MINUTE)
    machine.wall += jump
    after = machine.clock.now()
    machine.passes(10 * MINUTE)
    ages = [machine.clock.age(moment) for moment in (START - 4 * HOUR, before, between, after)]
    assert ages == [4 * HOUR + 30 * MINUTE, 30 * MINUTE, 20 * MINUTE, 10 * MINUTE]
    assert machine.clock.jumps == 1


def test_two_jumps_are_both_left_out(machine: Machine) -> None:
    """Set wrong by hand and set right again."""
    before = machine.clock.now()
    for jump in (5 * HOUR, -5 * HOUR):
        machine.passes(MINUTE)
        machine.wall += jump
        machine.clock.now()
    machine.passes(MINUTE)
    assert machine.clock.age(before) == 3 * MINUTE


def test_what_lies_in_the_future_is_as_old_as_the_process(machine: Machine) -> None:
    """It was written before this process began, by a clock that was set back since."""
    machine.passes(7 * MINUTE)
    assert machine.clock.age(machine.wall + 2 * HOUR) == 7 * MINUTE


def test_another_machine_may_be_ahead(machine: Machine) -> None:
    """What its replica has just written is new here, too."""
    machine.passes(7 * HOUR)
    assert machine.clock.age(machine.wall + timedelta(seconds=3)) == timedelta()


def test_small_corrections_are_no_jumps(machine: Machine) -> None:
    """NTP moves a clock bit by bit."""
    for _ in range(100):
        machine.passes(MINUTE)
        machine.wall += timedelta(seconds=0.5)
    assert machine.clock.jumps == 0
    assert machine.clock.age(START) == 100 * MINUTE + timedelta(seconds=50)
