"""Processes of this system that supervisord's socket does not lead to: `var/` was moved or deleted, or supervisord killed.

A process is ours where its executable *and* its arguments or environment name this configuration, and where it sees the
same files as we do: a container may run the same program under the same path.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tixmaster.stack import postgres
from tixmaster.stack.config import CONFIG_VARIABLE, Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import ALERTMANAGER_NAMES, PROMETHEUS_NAMES, START_ORDER

SUPERVISORD = "supervisord"
STOP_SECONDS = 30.0
"""How long a service may take to end before it is killed; supervisord gets the time of all its programs."""


class StrayError(StackError):
    """Processes of this system run that the state folder knows nothing of."""


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A process of ours: a service by its short name, or supervisord."""

    name: str
    process: psutil.Process

    def __str__(self) -> str:
        return f"{self.name} (process {self.process.pid})"


def find(config: Config) -> list[Stray]:
    """The processes of this system, in the order in which they are to be stopped; none while supervisord answers."""
    if daemon.running(config):
        return []
    order = (SUPERVISORD, *reversed(START_ORDER))
    return sorted(running(config), key=lambda item: order.index(item.name))


def listed(found: list[Stray]) -> str:
    """Their names and process ids, for people."""
    return ", ".join(map(str, found))


def refuse(config: Config) -> None:
    """Raises `StrayError` where there are any: a second system would fight the first one for ports and data."""
    if found := find(config):
        raise StrayError(
            f"services of {config.path} already run, but not with the state folder {config.var}: {listed(found)}. "
            "Was it moved or deleted while they ran, or supervisord killed? Move it back, or stop them with `tix down`. "
            "Nothing was started."
        )


def stop(config: Config, say: Callable[[str], None]) -> bool:
    """Stops them gracefully, supervisord first: it ends its programs in their order. Returns whether there were any."""
    if not (found := find(config)):
        return False
    why = "moved or deleted while they ran, or supervisord was killed"
    say(f"found by their command lines, not in {config.var} ({why}): {listed(found)}")
    if found[0].name == SUPERVISORD:
        for item in found:
            if item.name == SUPERVISORD:
                _end(item, signal.SIGTERM, daemon.STOP_SECONDS)
        found = find(config)
    for item in found:
        _end(item, signal.SIGINT if item.name == "postgres" else signal.SIGTERM, STOP_SECONDS)
    if left := find(config):
        raise StrayError(f"still running after they were told to end: {listed(left)}. End them by hand.")
    return True


def _end(item: Stray, how: signal.Signals, seconds: float) -> None:
    """Also what it started itself: a server that was killed leaves children that hold its port or memory."""
    with suppress(psutil.Error):
        children = item.process.children(recursive=True)
        item.process.send_signal(how)
        if not _gone(item.process, seconds):
            item.process.kill()
        if item.name != SUPERVISORD:  # its children are services and end by themselves, or are stopped one by one
            _, left = psutil.wait_procs(children, timeout=1.0)
            for child in left:
                child.kill()


def _gone(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def running(config: Config) -> Iterator[Stray]:
    """Every process of this system, whether supervisord answers or not."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            name = _name(config, process, process.cmdline())
            ours = name == SUPERVISORD or (name is not None and config.service(name).manager == "supervisor")
            if name is not None and ours and _sees_our_files(process):
                yield Stray(name=name, process=process)


def _name(config: Config, process: psutil.Process, words: list[str]) -> str | None:
    """Which of ours it is; None for every other process."""
    if not words:
        return None
    if any(Path(word).name == SUPERVISORD for word in words[:2]):
        # Its working directory follows a folder that is moved, its arguments do not.
        ours = str(daemon.config_path(config)) in words or process.cwd() == str(config.var)
        return SUPERVISORD if ours else None
    if words[1:4] == ["-m", "tixmaster", "serve"] and len(words) == 5 and words[4] in START_ORDER:
        has = process.environ()  # one that a person started by hand has no name from Supervisor
        supervised = has.get("SUPERVISOR_PROCESS_NAME") == f"tixmaster-{words[4]}"
        return words[4] if supervised and has.get(CONFIG_VARIABLE) == str(config.path) else None
    arguments = set(words[1:])
    program = Path(words[0]).name
    if program == "postgres" and {"-D", str(postgres.data_folder(config))} <= arguments:
        return "postgres"
    for service, names in (("prometheus", PROMETHEUS_NAMES), ("alertmanager", ALERTMANAGER_NAMES)):
        if program in names and f"--config.file={config.var / service / service}.yml" in arguments:
            return service
    return None


def _sees_our_files(process: psutil.Process) -> bool:
    """Whether it is in our mount namespace (Linux); elsewhere there are none."""
    own, its = Path("/proc/self/ns/mnt"), Path(f"/proc/{process.pid}/ns/mnt")
    return not own.exists() or own.readlink() == its.readlink()
