"""The checks process and container where the manager cannot help."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import psutil
from tests.looking import Look

from tixmaster.oncall.checks import vitals


def test_a_manager_that_does_not_run_is_an_error(look: Look) -> None:
    """That is not the same as a process that does not run."""
    found = look("process", service="backend")
    assert found.status == "error"
    assert "`tix up` starts it" in found.reason


def test_no_container_where_no_engine_keeps_the_service(look: Look) -> None:
    """The step is skipped and says why."""
    found = look("container", service="backend")
    assert (found.status, found.reason) == ("skipped", "kept by supervisor, not by a container engine")


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
