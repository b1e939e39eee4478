"""The verbs over systemd, by what real programs were recorded to print."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.managers import systemd as recordings
from tests.integration.managers.systemd import Recorded, entry, recorded, running

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers import ServiceManager, State, manager_of


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """The recorded programs on the PATH."""
    return recorded(tmp_path, monkeypatch)


def manager(name: str = "shop") -> ServiceManager:
    """The manager of a service that is a unit of that name."""
    return manager_of(Config(others={"shop": Service(manager="systemd", port=1, name=name)}), "shop")


def test_a_running_unit(systemd: Recorded) -> None:
    """Process and start time; the time is counted from the machine's start, as systemd does."""
    systemd.say("show", running(seconds_ago=60))
    state = manager().status()
    assert (state.state, state.pid, state.restarts, state.exit_code) == ("running", 812, 0, None)
    assert state.detail == "active (running), process 812"
    assert state.started_at is not None
    assert abs(datetime.now(UTC) - state.started_at - timedelta(seconds=60)) < timedelta(seconds=5)
    assert systemd.calls()[0].endswith("-- shop.service")


@pytest.mark.parametrize(
    ("shown", "state", "exit_code", "words"),
    [
        (recordings.WAITING, "starting", 7, "activating (auto-restart); ended"),
        (recordings.GIVEN_UP, "failed", 7, "exit code 7"),
        (recordings.OUT_OF_MEMORY, "failed", 137, "killed by SIGKILL; the kernel ended it for want of memory"),
        (recordings.STOPPED, "stopped", None, "inactive (dead)"),
        (recordings.DONE, "exited", None, "active (exited)"),
        (recordings.NOT_FOUND, "absent", None, "shop.service: systemd has no such unit"),
        (recordings.MASKED, "failed", None, "systemctl unmask"),
    ],
)
def test_every_state(systemd: Recorded, shown: str, state: State, exit_code: int | None, words: str) -> None:
    """In the words of all managers, with how the last process ended."""
    systemd.say("show", shown)
    seen = manager().status()
    assert (seen.state, seen.pid, seen.exit_code) == (state, None, exit_code)
    assert words in seen.detail
    assert seen.oom_killed == (shown == recordings.OUT_OF_MEMORY)


def test_restart(systemd: Recorded) -> None:
    """`systemctl restart`, without ever asking for a password; the new process is named."""
    systemd.say("show", running())
    systemd.say("after", running(recordings.RUNNING_AGAIN, seconds_ago=1))
    said = manager().restart()
    assert (said.pid_before, said.pid_after, said.manager) == (812, 2044, "systemd")
    assert "--no-ask-password restart -- shop.service" in systemd.calls()


def test_a_unit_that_does_not_come_up(systemd: Recorded) -> None:
    """The message holds the reason and the last words."""
    systemd.say("show", recordings.STOPPED)
    systemd.say("after", recordings.GIVEN_UP)
    systemd.say("printed", entry("cannot go on", _SYSTEMD_UNIT="shop.service"))
    with pytest.raises(ManagerError, match=r"did not start: failed \(failed\).*exit code 7\ncannot go on"):
        manager().start()


def test_a_user_who_may_not(systemd: Recorded) -> None:
    """polkit refuses: the message says what to run or whom to allow it."""
    systemd.say("show", running())
    systemd.say("refusal", recordings.DENIED)
    with pytest.raises(ManagerError, match=r"not allowed(?s:.*)`?sudo systemctl restart shop.service.*polkit"):
        manager().restart()


def test_an_unknown_unit_is_not_handed_to_restart(systemd: Recorded) -> None:
    """Nor is anything done to it."""
    systemd.say("show", recordings.NOT_FOUND)
    assert not manager().find()
    with pytest.raises(ManagerError, match="no such unit"):
        manager().restart()
    assert not any("restart" in call for call in systemd.calls())


def test_a_unit_of_the_user(systemd: Recorded) -> None:
    """`name = "user:shop"` asks the user's systemd and the user's part of the journal."""
    systemd.say("show", running())
    systemd.say("printed", entry("hello", _SYSTEMD_USER_UNIT="shop.service"))
    assert manager("user:shop").status().pid == 812
    assert manager("user:shop").logs(5) == ["hello"]
    assert systemd.calls()[0].startswith("--user show ")
    assert systemd.calls("asked")[0].endswith(f"--lines=5 _SYSTEMD_USER_UNIT=shop.service _UID={os.getuid()}")


def test_logs_as_the_journal_has_them(systemd: Recorded) -> None:
    """Text, bytes that are no UTF-8, lines in one message, a last line cut short."""
    printed = entry("listening") + entry([104, 255, 105]) + entry("Error: no tickets\n    at sell") + '{"MESSAGE":"cu'
    systemd.say("printed", printed)
    assert manager().logs(4) == ["listening", "h\ufffdi", "Error: no tickets", "    at sell"]


def test_events_are_what_systemd_noted(systemd: Recorded) -> None:
    """With their times."""
    ended = entry("shop.service: Main process exited, code=killed, status=9/KILL", UNIT="shop.service", _PID="1")
    again = entry("shop.service: Scheduled restart job, restart counter is at 1.", UNIT="shop.service", _PID="1")
    systemd.say("noted", ended + again)
    events = manager().events()
    assert [event.text.split(": ")[1] for event in events] == [
        "Main process exited, code=killed, status=9/KILL",
        "Scheduled restart job, restart counter is at 1.",
    ]
    assert events[0].at == datetime(2025, 11, 23, 15, 0, 0, 123456, tzinfo=UTC)
    assert systemd.calls("asked")[0].endswith("UNIT=shop.service")


def test_a_journal_that_may_not_be_read(systemd: Recorded) -> None:
    """The group is named."""
    systemd.say("denied", recordings.JOURNAL_DENIED)
    with pytest.raises(ManagerError, match="group systemd-journal"):
        manager().logs(5)


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [("shop", recordings.NO_SYSTEMD, "another `manager`"), ("user:shop", recordings.NO_USER_BUS, "enable-linger")],
)
def test_where_systemd_does_not_run(systemd: Recorded, name: str, said: str, words: str) -> None:
    """In a container, or for a user who is not logged in."""
    systemd.say("broken", said)
    with pytest.raises(UnreachableError, match=words):
        manager(name).status()


def test_without_systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreachableError, match="systemctl is not installed"):
        manager().status()
