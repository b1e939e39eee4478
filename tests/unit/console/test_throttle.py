"""The throttle of the log-in form."""

from __future__ import annotations

from tixmaster.console.throttle import PER_ADDRESS, PER_NAME, WINDOW_SECONDS, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_attempts_for_a_name_then_a_wait_until_the_window_has_passed() -> None:
    """The wait is as long as the oldest attempt still counts."""
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(PER_NAME):
        assert throttle.enter("ann", "10.0.0.1") == 0
        clock.now += 1
    assert throttle.enter("ann", "10.0.0.1") == WINDOW_SECONDS - PER_NAME
    clock.now += WINDOW_SECONDS - PER_NAME
    assert throttle.enter("ann", "10.0.0.1") == 0


def test_somebody_elsewhere_is_not_locked_out() -> None:
    """A stranger's failures on a name do not keep its owner out."""
    throttle = Throttle(Clock())
    for _ in range(PER_NAME):
        throttle.enter("ann", "10.0.0.1")
    assert throttle.enter("ann", "10.0.0.1") > 0
    assert throttle.enter("ann", "10.0.0.2") == 0


def test_many_names_from_one_address_are_one_guesser() -> None:
    """Spraying one password over many names waits too."""
    throttle = Throttle(Clock())
    for number in range(PER_ADDRESS):
        assert throttle.enter(f"name-{number}", "10.0.0.1") == 0
    assert throttle.enter("another", "10.0.0.1") > 0


def test_success_forgets() -> None:
    """Whoever knows the password starts afresh."""
    throttle = Throttle(Clock())
    for _ in range(PER_NAME):
        throttle.enter("ann", "10.0.0.1")
    throttle.succeed("ann", "10.0.0.1")
    assert throttle.enter("ann", "10.0.0.1") == 0
