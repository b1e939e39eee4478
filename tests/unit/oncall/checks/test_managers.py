"""The checks process and container where the manager cannot help."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
from tests.looking import Look

from tixmaster.oncall.checks import vitals, within
from tixmaster.oncall.checks.container import ContainerParams, troubles
from tixmaster.stack.config import Config
from tixmaster.stack.managers import ProcessState
from tixmaster.stack.managers.supervisor import rpc
from tixmaster.stack.said import Said


def test_a_manager_that_does_not_run_is_an_error(look: Look) -> None:
    """That is not the same as a process that does not run."""
    found = look("process", service="backend")
    assert found.status == "error"
    assert "`tix up` starts it" in found.reason


def test_a_manager_that_hangs_does_not_hang_the_run(
    look: Look, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket takes the question and never answers."""
    monkeypatch.setattr(within, "GRACE_SECONDS", 0.1)
    place = rpc.socket_path(config)
    place.parent.mkdir(parents=True, exist_ok=True)
    with closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(str(place))
        silent.listen()
        found = look("process", service="backend", timeout=0.1)
    assert (found.status, found.reason) == ("error", "the check process was given up after 0.2 s without a result")


def test_no_container_where_no_engine_keeps_the_service(look: Look) -> None:
    """The step is skipped and says why."""
    found = look("container", service="backend")
    assert (found.status, found.reason) == ("skipped", "kept by supervisor, not by a container engine")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": "running", "health": "healthy"}, []),
        ({"state": "starting", "health": "starting"}, []),
        ({"state": "running", "health": "unhealthy"}, ["its health check fails"]),
        ({"state": "exited", "exit_code": 3}, ["exited with exit code 3"]),
        (
            {"state": "exited", "exit_code": 137, "oom_killed": True},
            ["the kernel ended it for want of memory", "exited with exit code 137"],
        ),
        ({"state": "running", "restarts": 5}, ["restarted 5 times"]),
        ({"state": "absent"}, ["absent"]),
    ],
)
def test_what_is_the_matter_with_a_container(state: dict[str, Any], said: list[str]) -> None:
    """The worst first."""
    seen = ProcessState(**{"pid": None, "started_at": None, "detail": Said(""), **state})
    assert troubles(seen, ContainerParams(service="shop", restarts_below=5)) == said


def test_this_very_process_is_measured() -> None:
    """Its memory, threads and files."""
    seen = vitals.measure(os.getpid(), None, seconds=0.05)
    assert seen.memory_mb is not None
    assert seen.memory_mb > 10
    assert seen.threads is not None
    assert seen.threads >= 1
    assert seen.open_files is not None
    assert seen.open_files >= 3
    assert seen.cpu_percent is not None


def test_the_process_id_of_another_machine_is_not_taken_for_ours() -> None:
    """Its start tells them apart; and one that is gone is not known either."""
    born = datetime.fromtimestamp(psutil.Process().create_time(), UTC)
    assert vitals.measure(os.getpid(), born - timedelta(hours=1)) == vitals.Vitals()
    assert vitals.measure(2**22 + 1, None) == vitals.Vitals()
