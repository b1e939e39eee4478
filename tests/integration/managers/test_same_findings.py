"""One runbook over Docker, PM2 and Supervisor: whoever keeps the service, the same trouble is found and the same done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.engine import docker

from tixmaster.oncall.clock import utc_now
from tixmaster.oncall.sop.library import load
from tixmaster.oncall.sop.run import Run, find
from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.managers import ServiceManager, manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import Program

from .conftest import IMAGE, await_seen
from .pm2 import own_pm2

NAME = "tixmaster-backend"
SERVES = (
    "echo $(/bin/busybox date -u +%Y-%m-%dT%H:%M:%SZ) ERROR cannot reach the payment provider >&2; "
    "/bin/busybox mkdir -p /tmp/tix-same; echo ok >/tmp/tix-same/health; "
    "exec /bin/busybox httpd -f -h /tmp/tix-same -p 127.0.0.1:{port}"
)
OF_THE_MOMENT = {
    "pid", "detail", "uptime_seconds", "cpu_percent", "memory_mb", "threads", "open_files", "open_files_limit",
    "milliseconds", "free_bytes", "free_ratio", "inodes_free_ratio", "file",
}  # fmt: skip
"""What differs from one moment to the next, and the manager's own words."""
THEIR_OWN = {"container", "database_container", "changes", "restarts", "exit_code"}
"""What only some managers know: containers and their counts, the notes that each keeps of starts and ends."""
Findings = dict[str, tuple[str, dict[str, Any]]]


def kept_by(config: Config, **service: Any) -> Config:
    """The configuration with its backend kept so."""
    backend = msgspec.structs.replace(config.services.backend, **service)
    return msgspec.structs.replace(config, services=msgspec.structs.replace(config.services, backend=backend))


@contextmanager
def in_docker(config: Config, _patch: pytest.MonkeyPatch) -> Iterator[Config]:
    """As a container."""
    script = SERVES.format(port=config.services.backend.port)
    docker("run", "--detach", "--name", NAME, "--network", "host", "--stop-timeout", "1", IMAGE, script)
    yield kept_by(config, manager="docker")


@contextmanager
def in_pm2(config: Config, patch: pytest.MonkeyPatch) -> Iterator[Config]:
    """As a process of PM2."""
    script = SERVES.format(port=config.services.backend.port)
    with own_pm2(patch) as pm2:
        pm2.run("start", "/bin/sh", "--name", NAME, "--interpreter", "none", "--", "-c", script)
        yield kept_by(config, manager="pm2")


@contextmanager
def in_supervisor(config: Config, _patch: pytest.MonkeyPatch) -> Iterator[Config]:
    """As a program of our Supervisor."""
    manager_of(config, "backend").start()
    yield config
    manager_of(config, "backend").stop()


@pytest.fixture
def supervised(config: Config) -> Iterator[Config]:
    """Our Supervisor at work: it keeps the rest of the stack, whoever keeps the backend."""
    script = SERVES.format(port=config.services.backend.port)
    daemon.write_config(config, [Program(service="backend", command=["/bin/sh", "-c", script])])
    daemon.start(config)
    yield config
    daemon.stop(config)


def carried_out(config: Config) -> tuple[Findings, str | None, str | None]:
    """InstanceDown, carried out now: what each step found, the first cause and its remedy."""
    manual = load(config.sop, config.service_names)
    now = utc_now()
    run = Run(
        target=find(manual, "InstanceDown", "backend"),
        config=config,
        started_at=now - timedelta(minutes=1),
        now=utc_now,
    )
    found: Findings = {
        one.step.id: (one.finding.status, lasting(one.finding.value))
        for one in run.steps()
        if one.step.id not in THEIR_OWN
    }
    row = next((cause.row for cause in run.causes()), None)
    return found, row.cause if row else None, row.remedy if row else None


def lasting(value: dict[str, Any]) -> dict[str, Any]:
    """A value without what differs from moment to moment."""
    return {name: one for name, one in value.items() if name not in OF_THE_MOMENT | THEIR_OWN}


def seen_running_and_stopped(config: Config) -> list[tuple[Findings, str | None, str | None]]:
    """The runbook over the service while it is well, and once it is stopped."""
    manager: ServiceManager = manager_of(config, "backend")
    await_seen(manager, lambda state: state.state == "running")
    assert health.wait(config, "backend", 120).healthy
    well = carried_out(config)
    manager.stop()
    await_seen(manager, lambda state: state.state == "stopped")
    return [well, carried_out(config)]


def test_the_same_trouble_is_found_whoever_keeps_the_service(
    engine: str, supervised: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step: status, figures, cause and remedy."""
    seen = {}
    for keep in (in_docker, in_pm2, in_supervisor):
        with keep(supervised, monkeypatch) as kept:
            seen[keep.__name__] = seen_running_and_stopped(kept)
    well, stopped = seen["in_supervisor"]
    assert well[0]["process"][0] == "ok"
    assert well[0]["errors"][1]["signatures"][0]["pattern"] == "cannot reach the payment provider"
    assert stopped[0]["process"] == ("failed", {"running": False, "state": "stopped"})
    assert stopped[1:] == ("backend-not-running", "restart backend")
    assert seen["in_docker"] == seen["in_supervisor"]
    assert seen["in_pm2"] == seen["in_supervisor"]
