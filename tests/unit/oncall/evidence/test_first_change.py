"""Which metric changed first, on samples of our own making: quiet systems, faults, counters that begin anew."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate

import pytest

from tixmaster.oncall.evidence.first_change import FirstChange, find
from tixmaster.stack.monitoring.client import Series

STEP, MANY = 5.0, 160
BEGAN = 1_800_000_000.0
GRID = tuple(BEGAN + STEP * place for place in range(MANY))
TROUBLE = 124
"""The place in the grid at which the trouble is known to have begun."""

Course = Callable[[int], float]


def series(name: str, course: Course, **labels: str) -> Series:
    return Series(labels={"__name__": name, **labels}, times=GRID, values=tuple(course(place) for place in range(MANY)))


def counter(name: str, course: Course, **labels: str) -> Series:
    values = tuple(accumulate(course(place) for place in range(MANY)))
    return Series(labels={"__name__": name, **labels}, times=GRID, values=values)


def look(found: Sequence[Series]) -> FirstChange:
    return find(found, services=("backend",), grid=GRID, started_at=datetime.fromtimestamp(GRID[TROUBLE], UTC))


def _arrivals(dice: random.Random, rate: float, _place: int) -> float:
    """So many of a Poisson stream in one step."""
    left, count = rate, 0
    while (left := left - dice.expovariate(1)) > 0:
        count += 1
    return count


def quiet(dice: random.Random, count: int = 200) -> list[Series]:
    """Gauges, counters, skewed and bursty ones, of a system in which nothing happens."""
    found = []
    for place in range(count):
        rate, sort = dice.uniform(0.05, 40), place % 4
        if sort == 0:
            found.append(series(f"gauge_{place}", lambda _: dice.gauss(100, 9)))
        elif sort == 1:
            found.append(counter(f"c{place}_total", partial(_arrivals, dice, rate)))
        elif sort == 2:
            found.append(series(f"skewed_{place}", lambda _: dice.lognormvariate(0, 1)))
        else:
            found.append(series(f"whole_{place}", lambda _: float(dice.choice((12, 12, 12, 13)))))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_quiet_system_has_no_change(seed: int) -> None:
    """Two hundred series of chance give no answer, whatever the dice say."""
    answer = look(quiet(random.Random(seed)))
    assert (answer.changes, answer.first) == ((), None)
    assert answer.series == 200


@pytest.mark.parametrize("seed", range(20))
def test_the_first_of_several_is_named(seed: int) -> None:
    """The pool fills first, errors follow, then fewer orders: in that order, with the first most probable."""
    dice = random.Random(seed)
    told = [
        series("pool_in_use", lambda place: 20.0 if place >= TROUBLE - 6 else dice.choice((2.0, 3.0, 4.0))),
        counter("errors_total", lambda place: dice.randint(5, 9) if place >= TROUBLE else 0, status="500"),
        counter("orders_total", lambda place: 0 if place >= TROUBLE + 4 else dice.randint(15, 25)),
    ]
    answer = look(quiet(dice) + told)
    assert [one.metric for one in answer.changes] == ["pool_in_use", "errors_total", "orders_total"]
    assert answer.first == answer.changes[0]
    assert answer.changes[0].at.timestamp() == GRID[TROUBLE - 6]
    assert answer.changes[0].first > 0.95
    assert [one.direction for one in answer.changes] == ["up", "up", "down"]


def test_two_that_change_in_one_scrape_share_the_certainty() -> None:
    """What one scrape brought cannot be told apart, and is not."""
    told = [series(f"jump_{name}", lambda place: 90.0 if place >= TROUBLE else 10.0) for name in "ab"]
    assert [one.first for one in look(told).changes] == [0.5, 0.5]


def test_a_counter_that_begins_anew_is_no_change() -> None:
    """A restarted process counts from 0; the same rate before and after is no news."""
    values = tuple(float(place % 130 * 10) for place in range(MANY))
    answer = look([Series(labels={"__name__": "requests_total"}, times=GRID, values=values)])
    assert answer.changes == ()


def test_a_counter_that_was_not_there_before_stood_at_nought() -> None:
    """The first error ever makes its series appear."""
    late = counter("errors_total", lambda place: 8 if place >= TROUBLE else 0)
    cut = Series(labels=late.labels, times=late.times[TROUBLE:], values=late.values[TROUBLE:])
    answer = look([series("up", lambda _: 1.0), cut])
    assert [(one.metric, one.at.timestamp()) for one in answer.changes] == [("errors_total", GRID[TROUBLE])]


def test_a_steady_course_is_no_change() -> None:
    """Uptime and memory that fills go on as before."""
    dice = random.Random(1)
    told = [
        series("uptime_seconds", lambda place: 1000 + STEP * place),
        series("memory_bytes", lambda place: 1e8 + 4096.0 * dice.randint(90, 110) * place),
    ]
    assert look(told).changes == ()


def test_slower_answers_are_a_change_of_the_mean() -> None:
    """A sum and its count are read together: the same number of requests, each of them slower."""
    dice = random.Random(2)
    told = [
        counter("took_seconds_count", lambda _: 20),
        counter("took_seconds_sum", lambda place: (2.0 if place >= TROUBLE else 0.2) * dice.uniform(0.9, 1.1)),
    ]
    changed = look(told).changes
    assert [(one.metric, one.direction) for one in changed] == [("took_seconds (mean)", "up")]
    assert changed[0].after == pytest.approx(0.1, rel=0.1)


def test_a_target_that_dies_is_its_up() -> None:
    """When all series end together, `up` is what changed."""
    alive = series("up", lambda place: 0.0 if place >= TROUBLE else 1.0)
    ended = series("threads", lambda _: 7.0)
    cut = Series(labels=ended.labels, times=ended.times[:TROUBLE], values=ended.values[:TROUBLE])
    assert [one.metric for one in look([alive, cut]).changes] == ["up"]


def test_the_same_samples_give_the_same_answer() -> None:
    """In whatever order they come."""
    told = [
        *quiet(random.Random(3), 40),
        series("a", lambda place: 5.0 * (place >= TROUBLE)),
        series("b", lambda place: 7.0 * (place >= TROUBLE)),
    ]
    assert look(told) == look(told[::-1])


def test_without_a_time_before_nothing_is_judged() -> None:
    """A system that has just started has no usual."""
    young = series("errors", lambda place: 1.0 * place)
    cut = Series(labels=young.labels, times=young.times[TROUBLE:], values=young.values[TROUBLE:])
    answer = look([cut])
    assert (answer.series, answer.left_out, answer.changes) == (0, 1, ())


def _started(seconds_before: float, name: str = "backend") -> Series:
    """A process that began so many seconds before the trouble."""
    began = GRID[TROUBLE] - seconds_before
    return series("process_start_time_seconds", lambda _: began, service=name)


def test_a_start_is_no_usual() -> None:
    """A pool that filled when the process began did not change first; without the start in its history it is quiet."""

    def warming(place: int) -> float:
        return 2.0 if place < TROUBLE - 20 else 16.0

    pool = series("pool_size", warming, service="backend")
    assert [one.metric for one in look([pool]).changes] == ["pool_size"]
    answer = look([pool, _started(150)])
    assert (answer.changes, answer.series, answer.young) == ((), 0, ("backend",))


def test_a_restart_long_before_leaves_what_came_after_it() -> None:
    """Six minutes are enough, less the first; what differs from them is a change, and what the start did is none."""
    start = (TROUBLE - 24) - 50
    told = [
        series("pool_size", lambda place: 2.0 if place < start + 8 else 16.0, service="backend"),
        counter("errors_total", lambda place: 9 if place >= TROUBLE else 0, service="backend"),
        _started((TROUBLE - start) * STEP),
    ]
    answer = look(told)
    assert [one.metric for one in answer.changes] == ["errors_total"]
    assert (answer.series, answer.young) == (3, ())


def test_a_young_service_does_not_silence_the_others() -> None:
    """Those with a history are judged; the answer names the one that was left out."""
    told = [
        series("locks", lambda place: 30.0 if place >= TROUBLE else 1.0, service="postgres"),
        _started(150),
    ]
    answer = look(told)
    assert [one.metric for one in answer.changes] == ["locks"]
    assert (answer.series, answer.left_out, answer.young) == (1, 1, ("backend",))


def test_two_minutes_are_too_little() -> None:
    """A Prometheus that has just been started knows nothing of what is usual."""
    told = series("errors", lambda place: 9.0 if place >= TROUBLE else 0.0)
    young = TROUBLE - 24 - 30
    cut = Series(labels=told.labels, times=told.times[young:], values=told.values[young:])
    assert (look([cut]).series, look([told]).series) == (0, 1)
