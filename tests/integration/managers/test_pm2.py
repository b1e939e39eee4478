"""A real PM2 with a real Node service behind the verbs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.integration.managers.pm2 import Pm2, of_shop, own_pm2

from tixmaster.stack import health
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers import ProcessState, ServiceManager, State, manager_of
from tixmaster.stack.managers.pm2 import daemon
from tixmaster.stack.managers.pm2.manager import Pm2Manager
from tixmaster.stack.ports import unused


@pytest.fixture
def pm2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pm2]:
    """A PM2 of the test's own."""
    with own_pm2(monkeypatch) as made:
        yield made


def await_state(manager: ServiceManager, state: State, *, within: float = 120) -> ProcessState:
    """Waits until PM2 sees the service in that state."""
    end = time.monotonic() + within
    while (seen := manager.status()).state != state:
        assert time.monotonic() < end, f"still {seen.state} after {within} s: {seen.detail}"
        time.sleep(0.05)
    return seen


def hang(port: int) -> None:
    """Makes the service accept connections and answer nothing, as the SOP's hung backend does."""
    httpx.get(f"http://127.0.0.1:{port}/state", params={"is": "hanging"})


def test_a_hung_service_is_restarted_by_name(pm2: Pm2) -> None:
    """SOP 3.4: `pm2 restart`; the process is another one afterwards, and well."""
    (port,) = unused(1)
    pm2.start_shop("tixmaster-backend", port)
    config = of_shop(port, "tixmaster-backend")
    assert health.wait(config, "shop", 120).healthy
    hang(port)
    assert not health.probe(config, "shop", 0.2).healthy
    manager = manager_of(config, "shop")
    before = manager.status()
    said = manager.restart()
    assert (said.pid_before, said.manager) == (before.pid, "pm2")
    assert said.pid_after not in (None, before.pid)
    assert health.wait(config, "shop", 120).healthy
    after = manager.status()
    assert (after.restarts, after.state) == (1, "running")
    assert before.started_at
    assert after.started_at
    assert after.started_at > before.started_at


def test_what_it_prints_is_in_its_files(pm2: Pm2) -> None:
    """Output and errors; the verb `logs` gives the last lines of both."""
    (port,) = unused(1)
    pm2.start_shop("shop", port)
    config = of_shop(port)
    assert health.wait(config, "shop", 120).healthy
    httpx.get(f"http://127.0.0.1:{port}/error", params={"is": "no tickets left"})
    manager = Pm2Manager(config, "shop")
    assert [path.name for path in manager.log_files()] == ["shop-out.log", "shop-error.log"]
    assert manager.logs(10)[-1] == "no tickets left"


def test_a_service_that_falls_again_and_again_is_given_up(pm2: Pm2, tmp_path: Path) -> None:
    """The state says so, with the exit code; `start` says why with the last words."""
    script = tmp_path / "falls.js"
    script.write_text("console.error('cannot go on'); process.exit(7)")
    pm2.run("start", str(script), "--name", "shop", "--max-restarts", "2")
    manager = manager_of(of_shop(1), "shop")
    state = await_state(manager, "failed")
    assert (state.pid, state.exit_code) == (None, 7)
    assert "errored; exit code 7, PM2 gave up" in state.detail
    assert {"ended: exit code 7", "running"} <= {event.text for event in manager.events()}
    assert any("given up by PM2" in event.text for event in manager.events())
    with pytest.raises(ManagerError, match=r"did not start(?s:.*)cannot go on"):
        manager.start()


def test_a_killed_process_is_an_event(pm2: Pm2) -> None:
    """PM2 starts it again and its log keeps the signal."""
    (port,) = unused(1)
    pm2.start_shop("shop", port)
    manager = manager_of(of_shop(port), "shop")
    pid = manager.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 120
    while (state := manager.status()).restarts != 1 or state.state != "running":
        assert time.monotonic() < end, state
    assert [event.text for event in manager.events() if "SIGKILL" in event.text] == [
        "ended: exit code 0, signal SIGKILL"
    ]


def test_of_several_instances_the_worst_counts(pm2: Pm2) -> None:
    """Two in cluster mode, one of them stopped."""
    (port,) = unused(1)
    pm2.start_shop("shop", port, "-i", "2")
    manager = manager_of(of_shop(port), "shop")
    assert await_state(manager, "running").detail == "2 of 2 instances online"
    assert len(Pm2Manager(of_shop(port), "shop").log_files()) == 4
    pm2.run("stop", "1")
    state = await_state(manager, "stopped")
    assert state.detail == "1 of 2 instances online, 1 stopped"
    assert state.pid is not None


def test_stop_and_start(pm2: Pm2) -> None:
    """Each does nothing where it is so already."""
    (port,) = unused(1)
    pm2.start_shop("shop", port)
    manager = manager_of(of_shop(port), "shop")
    manager.stop()
    manager.stop()
    assert (manager.status().state, manager.status().pid) == ("stopped", None)
    manager.start()
    pid = manager.status().pid
    manager.start()
    assert manager.status().pid == pid


def test_a_name_that_pm2_does_not_have(pm2: Pm2) -> None:
    """It is absent, and nothing is handed to PM2, to which `all` means all."""
    (port,) = unused(1)
    pm2.start_shop("shop", port)
    manager = manager_of(of_shop(port, name="all"), "shop")
    assert not manager.find()
    with pytest.raises(ManagerError, match="has no process all; it has: shop"):
        manager.restart()
    assert manager_of(of_shop(port), "shop").status().restarts == 0


def test_the_daemon_of_another_home_is_named(pm2: Pm2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual mistake: on-call runs as another user than PM2. Looking does not start one more daemon."""
    monkeypatch.setenv("PM2_HOME", str(tmp_path / "mine"))
    with pytest.raises(UnreachableError, match=f"runs one with PM2_HOME={pm2.home}"):
        manager_of(of_shop(1), "shop").status()
    assert not (tmp_path / "mine").exists()


def test_a_pm2_that_hangs(pm2: Pm2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a time limit, and the command is named."""
    (tmp_path / "pm2").write_text("#!/bin/sh\nsleep 1000 & wait\n")
    (tmp_path / "pm2").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(daemon, "ASK_SECONDS", 0.3)
    with pytest.raises(UnreachableError, match=r"`pm2 jlist` gives no answer within 0.3 s. .*`pm2 update`"):
        manager_of(of_shop(1), "shop").status()


def test_without_pm2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreachableError, match="pm2 is not installed"):
        manager_of(of_shop(1), "shop").status()
