"""What is made of the words of engines and containers that the tests' own engine cannot be brought to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tixmaster.stack.managers.compose.summary import summary
from tixmaster.stack.managers.docker.state import end_in_words, grace, moment, state_of
from tixmaster.stack.managers.verbs import ProcessState, State
from tixmaster.stack.said import Said

STARTED, ENDED = "2026-11-23T15:54:41.424239376Z", "2026-11-23T15:55:40.5Z"


def inspected(status: str, **state: Any) -> dict[str, Any]:
    """A container as an engine tells of it."""
    common = {"Status": status, "Pid": 0, "ExitCode": 0, "Error": "", "StartedAt": STARTED, "FinishedAt": ENDED}
    return {"Name": "/shop", "State": common | state, "Config": {}, "HostConfig": {}, "RestartCount": 0}


@pytest.mark.parametrize(
    ("status", "expected"),
    [("dead", "failed"), ("removing", "stopped"), ("stopping", "stopped"), ("configured", "stopped")],
)
def test_rare_states_have_a_word_too(status: str, expected: State) -> None:
    """Docker's dead and removing; Podman's stopping and configured."""
    assert state_of(inspected(status)).state == expected


def test_podman_tells_its_health_and_dates_in_its_own_way() -> None:
    """`Healthcheck`, the local offset, and an empty word where there is no check."""
    ill = inspected("running", Pid=7, StartedAt="2026-11-23T16:54:41.42+01:00", Healthcheck={"Status": "unhealthy"})
    seen = state_of(ill)
    assert (seen.health, seen.started_at) == ("unhealthy", datetime(2026, 11, 23, 15, 54, 41, 420000, tzinfo=UTC))
    assert seen.detail == "running, process 7, unhealthy by its own check"
    assert state_of(inspected("running", Pid=7, Health={"Status": ""})).health is None


def test_a_container_kept_up_by_its_policy_was_stopped_by_somebody() -> None:
    """Docker would have started it again, whatever its events still tell."""
    kept = inspected("exited", ExitCode=143)
    kept["HostConfig"]["RestartPolicy"] = {"Name": "unless-stopped", "MaximumRetryCount": 0}
    seen = state_of(kept)
    assert seen.state == "stopped"
    assert seen.detail.endswith(", terminated by SIGTERM")


def test_a_moment_that_never_was_is_none() -> None:
    """The year 1 of Go's zero time; nanoseconds are cut."""
    assert moment("0001-01-01T00:00:00Z") is None
    assert moment(None) is None
    assert moment(STARTED) == datetime(2026, 11, 23, 15, 54, 41, 424239, tzinfo=UTC)


def test_the_time_to_end_is_the_containers_own() -> None:
    """Zero is one too."""
    assert grace({"Config": {}}) == 10
    assert grace({"Config": {"StopTimeout": 0}}) == 0


def test_an_exit_code_above_128_is_a_signal_where_there_is_one() -> None:
    """255 is no signal."""
    assert [end_in_words(code) for code in (0, 127, 139, 255)] == [
        "exit status 0",
        "exit status 127",
        "terminated by SIGSEGV",
        "exit status 255",
    ]


def made(state: State = "running", health: str | None = None, age: int = 0, restarts: int = 0) -> ProcessState:
    """One of several containers; `age` in minutes."""
    began = datetime(2026, 11, 23, tzinfo=UTC) - timedelta(minutes=age)
    return ProcessState(state=state, pid=1, started_at=began, detail=Said(state), health=health, restarts=restarts)


def test_of_several_containers_the_worst_is_the_services_state() -> None:
    """Ended before starting, ill before well; their restarts are added up."""
    seen = summary({"web-1": made(restarts=2), "web-2": made("exited", restarts=3), "web-3": made("starting")})
    assert (seen.state, seen.restarts) == ("exited", 5)
    assert seen.detail == "1 of 3 containers run; web-2: exited"
    assert summary({"web-1": made(health="healthy"), "web-2": made(health="unhealthy")}).health == "unhealthy"


def test_of_equals_the_oldest_counts() -> None:
    """A restart is done only when all of them are new."""
    first = made(age=60)
    assert summary({"web-1": made(age=1), "web-2": first}).started_at == first.started_at
