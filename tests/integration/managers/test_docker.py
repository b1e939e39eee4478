"""A real Docker Engine behind the verbs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from tests.engine import docker

from tixmaster.stack import health
from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import ManagerError
from tixmaster.stack.managers import ServiceManager, manager_of

from .conftest import FALLS, STAYS, await_seen, managed

Contain = Callable[..., ServiceManager]


def test_a_running_container_has_a_process(contain: Contain) -> None:
    """The process is one of this machine, and it is said since when it runs."""
    shop = contain(STAYS)
    seen = shop.status()
    assert shop.find()
    assert seen.state == "running"
    assert seen.pid is not None
    assert psutil.pid_exists(seen.pid)
    assert seen.started_at is not None
    assert timedelta() <= datetime.now(UTC) - seen.started_at < timedelta(seconds=10)
    assert (seen.restarts, seen.exit_code, seen.oom_killed, seen.health) == (0, None, False, None)
    assert seen.detail == f"running, process {seen.pid}"


def test_a_container_that_ended_tells_how(contain: Contain) -> None:
    """An end of its own is not a stop that somebody asked for."""
    shop = contain(FALLS)
    seen = await_seen(shop, lambda it: it.state == "exited")
    assert (seen.pid, seen.exit_code, seen.oom_killed) == (None, 7, False)
    assert seen.detail.startswith("not running; ended ")
    assert seen.detail.endswith(", exit status 7")
    assert shop.logs(5) == ["cannot go on"]


def test_a_container_that_was_stopped_is_told_from_one_that_died(contain: Contain) -> None:
    """By the engine's events, since its state is the same; it was asked gently, and starts again."""
    shop = contain(STAYS)
    await_seen(shop, lambda _: shop.logs(1) == ["here I am"])
    shop.stop()
    shop.stop()
    seen = shop.status()
    assert (seen.state, seen.pid, seen.exit_code) == ("stopped", None, 0)
    assert "stopped as asked" in seen.detail
    assert shop.logs(1) == ["goodbye"]
    shop.start()
    shop.start()
    assert shop.status().state == "running"


def test_a_killed_process_is_an_end_of_its_own(contain: Contain) -> None:
    """Nobody asked the engine for it, so it is no stop."""
    shop = contain(STAYS)
    pid = shop.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    seen = await_seen(shop, lambda it: it.state != "running")
    assert (seen.state, seen.exit_code) == ("exited", 137)
    assert seen.detail.endswith(", terminated by SIGKILL")


def test_want_of_memory_is_named(contain: Contain) -> None:
    """With how much the container may use; the events tell of it too."""
    if "limit" in docker("info", "--format", "{{.Warnings}}"):
        pytest.skip("this kernel lets no container be limited")
    shop = contain("x=a; while :; do x=$x$x; done", "--memory", "8m")
    seen = await_seen(shop, lambda it: it.state == "exited" and it.oom_killed)  # the kernel's word comes after the end
    assert seen.exit_code == 137
    assert seen.detail.endswith(", killed by the kernel for want of memory (it may use 8 MiB)")
    assert "out of memory: the kernel killed a process" in [event.text for event in shop.events()]


def test_its_own_health_check_is_heard(contain: Contain, config: Config) -> None:
    """With the last words of the check where it fails; a service without a port is as well as its check says."""
    options = ("--health-interval", "100ms", "--health-retries", "1")
    shop = contain(STAYS, "--health-cmd", "test ! -e /ill || { echo the till is locked; exit 1; }", *options)
    await_seen(shop, lambda it: it.health == "healthy")
    docker("exec", "shop", "/bin/busybox", "touch", "/ill")
    seen = await_seen(shop, lambda it: it.health == "unhealthy")
    assert seen.state == "running"
    assert seen.detail.endswith("unhealthy: its own check says 'the till is locked'")


def test_a_crash_loop_is_counted(contain: Contain) -> None:
    """Between two attempts there is no process, and the last end is told."""
    shop = contain(FALLS, "--restart", "always")
    seen = await_seen(shop, lambda it: it.state == "starting" and (it.restarts or 0) >= 2)
    assert (seen.pid, seen.exit_code) == (None, 7)
    assert "exit status 7, restarted " in seen.detail
    assert seen.detail.endswith(" times by Docker; Docker is about to start it again")


def test_a_container_that_docker_gave_up_has_failed(contain: Contain) -> None:
    """After as many attempts as its restart policy allows."""
    shop = contain(FALLS, "--restart", "on-failure:1")
    seen = await_seen(shop, lambda it: it.state == "failed")
    assert (seen.restarts, seen.exit_code) == (1, 7)
    assert "so Docker gave up" in seen.detail


def test_a_paused_container_is_frozen_until_it_is_started(contain: Contain) -> None:
    """There is a process that answers nobody."""
    shop = contain(STAYS)
    docker("pause", "shop")
    seen = shop.status()
    assert seen.state == "stopped"
    assert (
        seen.detail == f"paused: process {seen.pid} is frozen and answers nobody; `docker unpause shop` lets it go on"
    )
    shop.start()
    assert shop.status().state == "running"


def test_a_container_that_cannot_be_started_says_why(engine: str, config: Config) -> None:
    """The engine's own words reach the one who asked, and stay to be read."""
    docker("create", "--name", "shop", "--network", "host", "--entrypoint", "/bin/nothing", "tixmaster-test:1")
    shop = managed(config, "shop")
    assert shop.status().detail == "not running; created, not started yet"
    with pytest.raises(ManagerError, match=r"Docker refuses: .*no such file"):
        shop.start()
    seen = shop.status()
    assert seen.state == "failed"
    assert "could not be started: " in seen.detail


def test_a_restart_replaces_the_process(contain: Contain) -> None:
    """Gracefully: it could say goodbye."""
    shop = contain(STAYS)
    await_seen(shop, lambda _: shop.logs(1) == ["here I am"])
    before = shop.status().pid
    done = shop.restart()
    assert (done.manager, done.pid_before, done.pid_after) == ("docker", before, shop.status().pid)
    assert done.pid_after != before
    assert shop.logs(2) == ["goodbye", "here I am"]


def test_a_restart_waits_for_the_health_check(contain: Contain) -> None:
    """It returns when the check has an opinion."""
    check = ("--health-cmd", "sleep 0.3; test -e /bin/busybox", "--health-interval", "100ms")
    shop = contain(STAYS, *check)
    shop.restart()
    assert shop.status().health == "healthy"


@pytest.mark.parametrize("policy", ["no", "always"])
def test_a_restart_that_does_not_last_is_no_success(contain: Contain, policy: str) -> None:
    """The last words of the process are in the message."""
    shop = contain(FALLS, "--restart", policy)
    with pytest.raises(ManagerError, match=r"the container shop did not stay up: (?s:.*)7(?s:.*)cannot go on"):
        shop.restart()


def test_a_container_that_ignores_the_signal_is_killed_in_time(contain: Contain) -> None:
    """After its own time limit, not after Docker's ten seconds."""
    shop = contain("trap '' TERM; while :; do sleep 0.1; done", "--stop-timeout", "1")
    assert 1 <= shop.restart().seconds < 8


def test_an_unknown_container_is_absent(engine: str, config: Config) -> None:
    """Acting on it is refused, with where to look."""
    nobody = managed(config, "nobody")
    seen = nobody.status()
    assert not nobody.find()
    assert (seen.state, seen.pid) == ("absent", None)
    assert "`docker ps --all`" in seen.detail
    assert nobody.events() == []
    for verb in (nobody.restart, nobody.start, nobody.stop, lambda: nobody.logs(1)):
        with pytest.raises(ManagerError, match=r"Docker has no container nobody\."):
            verb()


def test_the_beginning_of_an_id_is_no_name(contain: Contain, config: Config) -> None:
    """The engine would take `db` for any container whose id begins so; a stranger must not be restarted for it."""
    contain(STAYS)
    identity = docker("ps", "--quiet", "--no-trunc").strip()
    services = {"a": Service(manager="docker", name=identity[:2]), "b": Service(manager="docker", name=identity)}
    described = Config(root=config.root, others=services)
    assert not manager_of(described, "a").find()
    assert manager_of(described, "b").find()


def test_events_are_told_oldest_first(contain: Contain) -> None:
    """Its making, its start, its end with the exit status, and who asked for it; before them a former one's of the name."""
    shop = contain(STAYS)
    await_seen(shop, lambda _: shop.logs(1) == ["here I am"])
    shop.restart()
    found = shop.events()
    assert [event.text for event in found[-7:]] == [
        "created from tixmaster-test:1",
        "started",
        "asked to end by SIGTERM",
        "ended: exit status 0",
        "stopped as asked",
        "started",
        "restarted as asked",
    ]
    assert [event.at for event in found] == sorted(event.at for event in found)
    assert abs(found[-1].at - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_the_engine_forgot_the_container_remembers(contain: Contain) -> None:
    """The engine keeps 256 events of all containers together, and a health check makes three each time."""
    shop = contain(FALLS)
    await_seen(shop, lambda it: it.state == "exited")
    for _ in range(130):
        docker("tag", "tixmaster-test:1", "other:1")
        docker("rmi", "other:1")
    texts = [event.text for event in shop.events()]
    assert texts == ["created from tixmaster-test:1", "started", "ended: exit status 7"]


def test_a_flood_of_output_is_read_from_its_end(contain: Contain) -> None:
    """Fifty lines of many megabytes come at once, while more are being written."""
    shop = contain("yes 'the same line again and again, a hundred times a millisecond'")
    path = Path(docker("inspect", "--format", "{{.LogPath}}", "shop").strip())
    await_seen(shop, lambda _: path.stat().st_size > 20_000_000)
    began = time.monotonic()
    lines = shop.logs(50)
    assert time.monotonic() - began < 8
    assert lines == ["the same line again and again, a hundred times a millisecond"] * 50


def test_output_that_is_no_text_is_shown_all_the_same(contain: Contain) -> None:
    """What is not UTF-8 is marked; only a line feed ends a line."""
    shop = contain(r"printf 'caf\351 \014 \0 end\nnext\r\n'")
    await_seen(shop, lambda it: it.state == "exited")
    assert shop.logs(5) == ["caf\ufffd \x0c \0 end", "next"]


def test_a_log_that_docker_cannot_read_is_said(contain: Contain) -> None:
    """Some log drivers only send."""
    shop = contain(STAYS, "--log-driver", "none")
    with pytest.raises(ManagerError, match=r"Docker refuses: .*does not support reading"):
        shop.logs(5)


def test_a_service_without_a_port_is_as_well_as_its_container(contain: Contain, config: Config) -> None:
    """`tix status` and the checks have no other word on it."""
    contain(STAYS)
    described = Config(root=config.root, others={"shop": Service(manager="docker")})
    assert health.probe(described, "shop").healthy
    docker("kill", "shop")
    assert not health.probe(described, "shop").healthy
