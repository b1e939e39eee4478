"""`tix up`: from nothing to everything healthy; again, from whatever state it finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tixmaster.stack import health, packages, ports, postgres, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.monitoring.write import reload, write_all
from tixmaster.stack.packages import Package
from tixmaster.stack.programs import Program, programs

HEALTHY_SECONDS = 60.0
POLL_SECONDS = 0.05
LAST_LINES = 12

Say = Callable[[str], None]


class NotHealthyError(StackError):
    """A service was started and did not become healthy in time."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What `up` did: the services in the order they became healthy with their seconds, and what is missing."""

    first_time: bool
    healthy: dict[str, float]
    missing: list[Package]


def up(config: Config, say: Say) -> Brought:
    """Brings the stack up and returns once every service is healthy; `say` gets a line about each step.

    Raises `ConfigError` for a taken port, before anything is started, and `NotHealthyError` with a service's last words.
    """
    still_missing = packages.install(packages.missing(), say)
    first_time = "console-password" in secrets.ensure_all(config)
    secrets.write(config, "boxoffice-database-url", postgres.database_url(config, "boxoffice"))
    wanted = programs(config)
    if not daemon.running(config):
        ports.check_free(config, [program.service for program in wanted])
    if postgres.ensure_cluster(config):
        say("made a new database cluster")
    monitoring_changed = write_all(config)
    daemon.write_config(config, wanted)
    daemon.start(config)
    changed = daemon.take_in_changes(config)
    if changed:
        say(f"restarted because their settings changed: {', '.join(changed)}")
    healthy = _start_all(config, wanted, say)
    if monitoring_changed and not still_missing:
        reload(config)
    return Brought(first_time=first_time, healthy=healthy, missing=still_missing)


def _start_all(config: Config, wanted: list[Program], say: Say) -> dict[str, float]:
    """Starts everything at once, each after what it needs, and waits for all."""
    began = time.monotonic()
    healthy: dict[str, float] = {}

    def bring(program: Program) -> None:
        for needed in program.after:
            _await_healthy(config, needed)
        was_running = manager_of(config, program.service).status().pid is not None
        if not was_running:
            manager_of(config, program.service).start()
        _await_healthy(config, program.service)
        if program.service == "postgres":
            postgres.ensure_database(config)
        healthy[program.service] = time.monotonic() - began
        say(f"{program.service:<13} healthy" + ("" if was_running else f" after {healthy[program.service]:.1f} s"))

    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:
        for outcome in [pool.submit(bring, program) for program in wanted]:
            outcome.result()
    return healthy


def _await_healthy(config: Config, service: str) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not (state := health.probe(config, service)).healthy:
        process = manager_of(config, service).status()
        if process.state == "failed" or time.monotonic() > deadline:
            last = "\n".join(f"  {line}" for line in manager_of(config, service).logs(LAST_LINES))
            raise NotHealthyError(
                f"tixmaster-{service} is not healthy: {state.detail}; its process is {process.detail}.\n"
                f"Its last lines:\n{last}\nMend what they say and run `tix up` again; `tix logs {service}` shows more."
            )
        time.sleep(POLL_SECONDS)


def down(config: Config) -> bool:
    """Stops what `up` started, data stays; returns whether anything ran."""
    if not daemon.running(config):
        return False
    daemon.stop(config)
    return True
