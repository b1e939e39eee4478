"""The dead man's switch: silence of the Watchdog is an incident of its own, one for each silence, and it ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tixmaster.oncall import intake
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.heartbeat import DeadMansSwitch
from tixmaster.oncall.incident import Decision, absorb_waiting
from tixmaster.oncall.store import incidents, timeline
from tixmaster.stack.config import Planned
from tixmaster.stack.monitoring.timings import STANDARD, silence

from .conftest import START, Clock, Webhook

LIMIT = silence(STANDARD)


class Watch:
    """A process that watches: time passes second by second, and what comes of it is decided at once."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        self.start()

    def start(self) -> None:
        """The process begins, or begins again after `kill -9`."""
        self.switch = DeadMansSwitch(self.desk, elapsed=lambda: (self.clock.now - START).total_seconds())

    def passes(self, seconds: float) -> list[Decision]:
        decisions = []
        for _ in range(int(seconds)):
            self.clock.pass_by(1)
            self.switch.look()
            decisions += absorb_waiting(self.desk)
        return decisions

    def incidents(self) -> list[dict[str, Any]]:
        with self.desk.database.read() as connection:
            return incidents.newest(connection, ("open", "resolved", "closed"), limit=10)


@pytest.fixture
def watch(desk: Desk, clock: Clock) -> Watch:
    return Watch(desk, clock)


@pytest.fixture
def beat(desk: Desk, webhook: Webhook) -> Callable[[], None]:
    """The Watchdog comes through."""

    def come() -> None:
        intake.store(desk, webhook("Watchdog", starts_at=START))

    return come


def test_three_missed_beats_are_an_incident(watch: Watch, beat: Callable[[], None]) -> None:
    """Not a second before, and only one; it is about the alert path and as old as the last beat."""
    beat()
    heard = watch.clock.now
    assert watch.passes(1) == []
    assert watch.passes(LIMIT - 1) == []
    assert watch.passes(1) == ["opened"]
    assert watch.passes(5 * LIMIT) == []
    (row,) = watch.incidents()
    assert (row["alertname"], row["service"], row["severity"]) == ("Watchdog", "prometheus", "critical")
    assert row["started_at"] == heard
    assert row["title"].startswith("The Watchdog has fallen silent")


def test_a_watchdog_that_comes_through_is_no_alarm(watch: Watch, beat: Callable[[], None]) -> None:
    """Day and night; two beats may be lost."""
    for _ in range(6):
        beat()
        assert watch.passes(LIMIT - 1) == []


def test_the_next_watchdog_ends_it(watch: Watch, beat: Callable[[], None]) -> None:
    """The timeline speaks of the Watchdog, not of Alertmanager, which told nothing; a second silence is told again."""
    beat()
    watch.passes(LIMIT + 1)
    watch.passes(60)
    beat()
    assert watch.passes(5) == ["resolved"]
    (row,) = watch.incidents()
    with watch.desk.database.read() as connection:
        said = [(item["kind"], item["by"]) for item in timeline.of_incident(connection, row["number"])]
    assert said == [("alert-firing", "oncall"), ("incident-opened", "oncall"), ("alert-resolved", "oncall")]
    assert watch.passes(LIMIT) == ["fired-again"]


def test_a_process_that_is_killed_doubles_nothing(watch: Watch, beat: Callable[[], None]) -> None:
    """Neither while the silence grows nor after it was told; nor does the end of it come twice."""
    beat()
    watch.passes(LIMIT - 5)
    watch.start()
    assert watch.passes(STANDARD.watchdog_start + LIMIT) == ["opened"]
    for _ in range(2):
        watch.start()
        assert watch.passes(2 * LIMIT) == []
    beat()
    watch.switch.look()
    watch.start()
    assert watch.passes(3) == ["resolved"]
    assert len(watch.incidents()) == 1


def test_never_heard_is_an_alarm_after_the_start_is_over(watch: Watch, beat: Callable[[], None]) -> None:
    """A monitoring that never worked rings as well; and it is over when it does."""
    assert watch.passes(STANDARD.watchdog_start + LIMIT - 1) == []
    assert watch.passes(1) == ["opened"]
    watch.start()
    assert watch.passes(2 * LIMIT) == ["known"]
    beat()
    assert watch.passes(2) == ["resolved"]


def test_a_system_that_starts_again_has_time(watch: Watch, beat: Callable[[], None]) -> None:
    """After a night of `tix down` the last beat is old, and that is no silence."""
    beat()
    watch.clock.pass_by(8 * 3600)
    watch.start()
    assert watch.passes(STANDARD.watchdog_start + LIMIT - 1) == []


@pytest.fixture
def jumping(desk: Desk, clock: Clock) -> Watch:
    """A watch over a desk whose clock is set by hand, while the machine itself counts on."""
    awake = iter(range(10**6))
    watch = Watch(desk, clock)
    watch.switch = DeadMansSwitch(desk, elapsed=lambda: float(next(awake)))
    return watch


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_clock_that_is_set_is_no_silence(jumping: Watch, beat: Callable[[], None], jump: float) -> None:
    """Nor is a laptop that slept; and it hides none: what counts are seconds awake."""
    beat()
    assert jumping.passes(10) == []
    jumping.clock.pass_by(jump)
    assert jumping.passes(LIMIT - 12) == []
    assert jumping.passes(5) == ["opened"]


def test_planned_downtime_is_not_told_of(desk: Desk, clock: Clock, webhook: Webhook) -> None:
    """Afterwards the Watchdog has its time again."""
    planned = Planned(title="Move", kind="downtime", begins=START, ends=START + timedelta(seconds=3 * LIMIT))
    config = msgspec.structs.replace(desk.config, calendar=(planned,))
    quiet = Desk(config=config, database=desk.database, library=desk.library, clock=desk.clock)
    watch = Watch(quiet, clock)
    intake.store(quiet, webhook("Watchdog", starts_at=START))
    assert watch.passes(4 * LIMIT - 5) == []
    assert watch.passes(10) == ["opened"]


def test_what_alertmanager_says_once_it_can_again_is_part_of_the_silence(
    watch: Watch, beat: Callable[[], None], webhook: Webhook
) -> None:
    """The silence is Prometheus's incident, the alert is Alertmanager's: one path, one page, one investigation."""
    beat()
    assert watch.passes(LIMIT + 2) == ["opened"]
    intake.store(watch.desk, webhook("AlertmanagerNotificationsFailing", labels={"service": "alertmanager"}))
    assert absorb_waiting(watch.desk) == ["joined"]
    (row,) = watch.incidents()
    assert (row["alertname"], row["run"]) == ("Watchdog", 1)
