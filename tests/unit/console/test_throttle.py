"""The throttle of the log-in form and of approval links."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tixmaster.console import throttle as throttles
from tixmaster.console.throttle import (
    ACCOUNT,
    ACCOUNT_FROM_ADDRESS,
    ADDRESS,
    DEVICE,
    FORGET_SECONDS,
    LINKS,
    Pace,
    Slowdown,
    Throttle,
)

HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(
    throttle: Throttle, clock: Clock, times: int, name: str, address: str, device: str | None = None
) -> list[float]:
    """Guesses as soon as the throttle lets it; the waits in between."""
    waits = []
    for _ in range(times):
        wait = throttle.enter(name, address, device)
        if wait:
            waits.append(wait)
            clock.now += wait
            assert throttle.enter(name, address, device) == 0
    return waits


def test_delays_grow_for_an_account_from_one_address() -> None:
    """Five attempts are free; then each wait is twice the one before, up to a quarter of an hour."""
    clock = Clock()
    waits = fail(Throttle(clock), clock, ACCOUNT_FROM_ADDRESS.free + 8, "ann", HERE)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_somebody_elsewhere_is_not_locked_out() -> None:
    """A stranger's failures on a name do not keep its owner out."""
    throttle = Throttle(Clock())
    for _ in range(ACCOUNT_FROM_ADDRESS.free):
        throttle.enter("ann", HERE)
    assert throttle.enter("ann", HERE) > 0
    assert throttle.enter("ann", ELSEWHERE) == 0


def test_twenty_wrong_names_keep_nobody_behind_the_address_out() -> None:
    """A colleague behind the same address signs in, with a device that nobody knows yet."""
    throttle = Throttle(Clock())
    for number in range(20):
        assert throttle.enter(f"name-{number}", HERE) == 0
    assert throttle.enter("ann", HERE) == 0


def test_many_names_from_one_address_wait_seconds_only() -> None:
    """Spraying is slowed down; whoever else is behind the address waits five seconds at most."""
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(ADDRESS.free + 100):
        wait = throttle.enter(f"name-{number}", HERE)
        assert wait <= ADDRESS.longest
        if wait:
            assert number >= ADDRESS.free
            clock.now += wait
            assert throttle.enter(f"name-{number}", HERE) == 0
    assert 0 < throttle.enter("ann", HERE) <= ADDRESS.longest
    assert throttle.enter("ann", HERE, "ann's laptop") == 0


def test_a_guess_from_everywhere_is_slowed_down_but_not_for_known_devices() -> None:
    """A thousand addresses share the account's counter, which its owner's device is not in."""
    throttle = Throttle(Clock())
    passed = [number for number in range(1000) if throttle.enter("ann", f"10.1.{number // 250}.{number % 250}") == 0]
    assert len(passed) == ACCOUNT.free
    assert throttle.enter("ann", HERE, "ann's laptop") == 0
    assert throttle.enter("bob", HERE) == 0


def test_a_device_that_guesses_is_slowed_down_alone() -> None:
    """A stolen cookie does not guess for ever; the other devices of the account, and its password elsewhere, go on."""
    clock = Clock()
    throttle = Throttle(clock)
    waits = fail(throttle, clock, DEVICE.free + 8, "ann", HERE, "stolen")
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert throttle.enter("ann", HERE, "stolen") > 0
    assert throttle.enter("ann", HERE, "laptop") == 0
    assert throttle.enter("ann", HERE) == 0


def test_success_forgets_ones_own_attempts_only() -> None:
    """Whoever knows the password starts afresh; what strangers guessed at the account still counts."""
    throttle = Throttle(Clock())
    for number in range(ACCOUNT.free - 1):
        throttle.enter("ann", f"10.2.0.{number}")
    assert throttle.enter("ann", HERE) == 0
    throttle.succeed("ann", HERE)
    assert throttle.enter("ann", HERE) == 0
    assert throttle.enter("ann", HERE) > 0


def test_ones_own_account_buys_no_guesses_at_others() -> None:
    """Signing in between guesses does not reset what was guessed from the address."""
    throttle = Throttle(Clock())
    for _ in range(ACCOUNT_FROM_ADDRESS.free):
        throttle.enter("ann", HERE)
        assert throttle.enter("mallory", HERE) == 0
        throttle.succeed("mallory", HERE)
    assert throttle.enter("ann", HERE) > 0


def test_links_have_a_counter_of_their_own() -> None:
    """Forged links keep nobody from signing in, and the other way round."""
    throttle = Throttle(Clock())
    assert [throttle.enter_link(HERE) > 0 for _ in range(LINKS.free + 1)] == [False] * LINKS.free + [True]
    assert throttle.enter("ann", HERE) == 0
    for number in range(ADDRESS.free + 1):
        throttle.enter(f"name-{number}", ELSEWHERE)
    assert throttle.enter_link(ELSEWHERE) == 0


def test_many_at_once_gain_nothing() -> None:
    """Counted before the password is looked at: of forty threads five pass."""
    throttle, start, passed = Throttle(Clock()), threading.Barrier(40), []

    def guess() -> None:
        start.wait()
        if throttle.enter("ann", HERE) == 0:
            passed.append(1)

    threads = [threading.Thread(target=guess) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == ACCOUNT_FROM_ADDRESS.free


def test_an_ipv6_site_is_one_guesser() -> None:
    """Its addresses are not counted one by one; the next site is another one."""
    throttle = Throttle(Clock())
    waits = [throttle.enter("ann", f"2001:db8:0:1::{number:x}") for number in range(ACCOUNT_FROM_ADDRESS.free + 1)]
    assert [wait > 0 for wait in waits] == [False] * ACCOUNT_FROM_ADDRESS.free + [True]
    assert throttle.enter("ann", "2001:db8:0:2::1") == 0


def test_a_quiet_hour_begins_anew() -> None:
    """A counter is forgotten after an hour without an attempt, not before."""
    clock = Clock()
    throttle = Throttle(clock)
    waits = fail(throttle, clock, ACCOUNT_FROM_ADDRESS.free + 9, "ann", HERE)
    clock.now += FORGET_SECONDS - 1
    assert throttle.enter("ann", HERE) == 0
    assert throttle.enter("ann", HERE) == waits[-1] == ACCOUNT_FROM_ADDRESS.longest
    clock.now += FORGET_SECONDS
    assert throttle.enter("ann", HERE) == throttle.enter("ann", HERE) == 0


def test_a_flood_makes_it_forget_no_guesser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, and names that are tried once do not push out the one that is slowed down."""
    monkeypatch.setattr(throttles, "MAX_KEYS", 100)
    slowdown = Slowdown(ACCOUNT_FROM_ADDRESS, Clock())
    for _ in range(ACCOUNT_FROM_ADDRESS.free):
        slowdown.add("ann")
    for number in range(10_000):
        slowdown.add(number)
    assert slowdown.wait("ann") > 0
    assert len(slowdown) <= 200


def test_forgetting_costs_more_attempts_than_it_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a memory full of others that are slowed down makes room, each of which took as many attempts."""
    monkeypatch.setattr(throttles, "MAX_KEYS", 100)
    slowdown = Slowdown(ACCOUNT_FROM_ADDRESS, Clock())
    for key in range(100):
        for _ in range(ACCOUNT_FROM_ADDRESS.free):
            slowdown.add(key)
    assert slowdown.wait(0) > 0


@given(
    some.lists(
        some.tuples(some.sampled_from(["ann", "bob"]), some.sampled_from([HERE, ELSEWHERE]), some.floats(0, 2000))
    ),
)
def test_no_pause_is_too_short(attempts: list[tuple[str, str, float]]) -> None:
    """Whatever comes when: between two attempts that are let in for an account from an address lies the pause it earned."""
    clock = Clock()
    throttle = Throttle(clock)
    let_in: dict[tuple[str, str], list[float]] = {}
    for name, address, later in attempts:
        clock.now += later
        if throttle.enter(name, address) == 0:
            let_in.setdefault((name, address), []).append(clock.now)
    for moments in let_in.values():
        run = 0
        for before, after in itertools.pairwise(moments):
            run = 1 if after - before >= FORGET_SECONDS else run + 1
            earned = 0.0 if after - before >= FORGET_SECONDS else ACCOUNT_FROM_ADDRESS.delay(run)
            assert after - before >= min(earned, FORGET_SECONDS) - 1e-6


@given(some.integers(0, 10**6))
def test_a_pause_never_shrinks_and_never_exceeds_the_longest(attempts: int) -> None:
    """Also for numbers that nobody reaches."""
    for pace in (ACCOUNT, ADDRESS, DEVICE, LINKS, Pace(free=0, first=1, longest=2)):
        assert pace.delay(attempts) <= pace.delay(attempts + 1) <= pace.longest
