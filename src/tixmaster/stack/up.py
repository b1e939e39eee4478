"""`tix up` and `tix down`: from whatever state is found to everything healthy, and back to nothing running."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tixmaster.stack import external, packages, ports, postgres, secrets, strays, system_user
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.grafana import container as grafana
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.monitoring.write import reload, write_all
from tixmaster.stack.packages import Package
from tixmaster.stack.programs import Program, programs
from tixmaster.stack.start import start_all

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What `up` did: services with the seconds until they were healthy, and the packages that are still missing."""

    healthy: dict[str, float]
    missing: list[Package]
    without_grafana: str | None
    """Why Grafana is left out; None where it runs."""


def up(config: Config, say: Say) -> Brought:
    """Brings the stack up and returns once every service is healthy; `say` gets a line about each step.

    Raises `ConfigError` for a taken port or a database of others that refuses the log-in, before anything is started, and
    `NotHealthyError` with a service's last words. After an error it says which services were left running.
    """
    strays.refuse(config)
    system_user.make_private(config.var)
    with _alone(config, say), _what_is_left(config, say):
        secrets.ensure_all(config)
        secrets.write(config, "boxoffice-database-url", postgres.database_url(config, "boxoffice"))
        external.check(config, say)
        still_missing = packages.install(packages.missing(), say)
        wanted = programs(config)
        ports.check(config, _processes(config, wanted))
        if any(program.service == "postgres" for program in wanted) and postgres.ensure_cluster(config):
            say("made a new database cluster")
        write_all(config)
        was_running = _supervise(config, wanted, say)
        without_grafana = grafana.start(config)
        healthy = start_all(config, wanted, say)
        # Also where nothing was written: an earlier `tix up` may have failed before it came to this.
        if was_running and {"prometheus", "alertmanager"} <= {program.service for program in wanted}:
            reload(config)
        without_grafana = without_grafana or grafana.await_health(config)
    return Brought(healthy=healthy, missing=still_missing, without_grafana=without_grafana)


def _to_nobody(_line: str) -> None:
    """For callers that show nothing."""


def down(config: Config, say: Say = _to_nobody) -> bool:
    """Stops what `up` started, data stays; returns whether anything ran."""
    ran = daemon.running(config)
    if ran:
        daemon.stop(config)
    # What is left runs without a supervisord that answers: `var/` was moved, or supervisord was killed.
    stopped = strays.stop(config, say)
    return grafana.stop(config) or ran or stopped


def _processes(config: Config, wanted: list[Program]) -> dict[str, int | None]:
    """The process of each wanted service, None where it has none."""
    if not daemon.running(config):
        return {program.service: None for program in wanted}
    return {program.service: manager_of(config, program.service).status().pid for program in wanted}


def _supervise(config: Config, wanted: list[Program], say: Say) -> bool:
    """Makes Supervisor know the programs as they are wanted now; returns whether it ran before."""
    daemon.write_config(config, wanted)
    if not daemon.running(config):
        daemon.start(config)
        return False
    if changed := daemon.take_in_changes(config):
        say(f"stopped because their settings changed: {', '.join(changed)}")
    return True


@contextmanager
def _what_is_left(config: Config, say: Say) -> Iterator[None]:
    """After an error or Ctrl-C, says what runs and how to stop it: services that are healthy are left running, because
    the next `tix up` continues from there."""
    try:
        yield
    except BaseException:
        with suppress(StackError):
            if names := daemon.alive(config):
                say(f"left running: {', '.join(names)}. `tix up` tries again and continues; `tix down` stops them.")
        raise


@contextmanager
def _alone(config: Config, say: Say) -> Iterator[None]:
    """Two at once would make the same cluster twice: the second waits for the first, then finds everything done."""
    with (config.var / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another `tix up` is at work; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
