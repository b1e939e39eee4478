"""The manager's verbs through the real Supervisor."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers import ServiceManager, manager_of
from tixmaster.stack.managers.supervisor import daemon

from .conftest import FALLS, STAYS, await_state, kill

Supervise = Callable[[str], ServiceManager]


def test_start_stop_and_restart(supervise: Supervise) -> None:
    """Each returns when it is done; a restart is a new process."""
    manager = supervise(STAYS)
    assert manager.status().state == "stopped"
    manager.start()
    first = manager.status()
    assert (first.state, first.detail) == ("running", f"running, process {first.pid}")
    done = manager.restart()
    assert done.pid_before == first.pid != done.pid_after == manager.status().pid
    manager.stop()
    assert manager.status().pid is None


def test_starting_and_stopping_twice_is_harmless(supervise: Supervise) -> None:
    """The second finds it done."""
    manager = supervise(STAYS)
    manager.start()
    pid = manager.status().pid
    manager.start()
    assert manager.status().pid == pid
    manager.stop()
    manager.stop()


def test_children_do_not_outlive_a_stop(supervise: Supervise) -> None:
    """Not even one in a session of its own that stands still, as those of a frozen PostgreSQL."""
    child = f"[sys.executable, '-c', {STAYS!r}]"
    manager = supervise(
        f"import subprocess, sys, time; subprocess.Popen({child}, start_new_session=True); time.sleep(99)"
    )
    manager.start()
    (orphan,) = psutil.Process(manager.status().pid).children()
    orphan.suspend()
    manager.restart()
    assert not orphan.is_running()


def test_a_killed_process_comes_back_by_itself(supervise: Supervise) -> None:
    """And the events tell of the signal."""
    manager = supervise(STAYS)
    manager.start()
    killed = kill(manager)
    await_state(manager, "starting")
    await_state(manager, "running")
    assert manager.status().pid != killed
    assert "ended: terminated by SIGKILL" in [event.text for event in manager.events()]


def test_a_crash_loop_is_given_up_and_says_why(supervise: Supervise) -> None:
    """Within seconds; a start by hand then fails with the program's last words."""
    manager = supervise(FALLS)
    with pytest.raises(ManagerError, match=r"exit status 7, again after each start(?s:.*)cannot go on"):
        manager.start()
    assert manager.status().state == "failed"
    assert manager.events()[-1].text == "given up by Supervisor"


def test_a_restart_brings_back_what_was_given_up(supervise: Supervise) -> None:
    """As on-call does it."""
    manager = supervise(FALLS)
    with pytest.raises(ManagerError):
        manager.start()
    supervise(STAYS)
    done = manager.restart()
    assert done.pid_before is None
    assert str(done).startswith("supervisor replaced no process by process ")


def test_logs_are_what_the_process_printed(supervise: Supervise) -> None:
    """Newest last, no more than asked for."""
    manager = supervise("import time; print(*range(100), sep='\\n', flush=True); time.sleep(99)")
    manager.start()
    assert manager.logs(3) == ["97", "98", "99"]


def test_only_changed_programs_are_touched(supervise: Supervise, config: Config) -> None:
    """The same configuration again changes nothing; another command stops the program for its new start."""
    manager = supervise(STAYS)
    manager.start()
    assert daemon.take_in_changes(config) == []
    assert manager.status().state == "running"
    supervise(STAYS + " # changed")
    assert manager.status().pid is None


def test_an_unknown_program_is_absent(supervise: Supervise, config: Config) -> None:
    """Not an error: the stack may be running without it."""
    supervise(STAYS)
    assert not manager_of(config, "grafana").find()
    assert manager_of(config, "grafana").status().state == "absent"


def test_without_supervisor_the_manager_is_unreachable(config: Config) -> None:
    """And the message says what starts it."""
    with pytest.raises(UnreachableError, match="`tix up` starts it"):
        manager_of(config, "backend").status()


def test_the_end_of_supervisor_leaves_nothing_behind(supervise: Supervise, config: Config) -> None:
    """All of its programs end with it."""
    manager = supervise(STAYS)
    manager.start()
    pid = manager.status().pid
    daemon.stop(config)
    assert not daemon.running(config)
    assert pid is not None
    assert not psutil.pid_exists(pid)
