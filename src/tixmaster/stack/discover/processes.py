"""Whatever else listens: processes that a person started, and those of others that may not be looked at."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tixmaster.stack.config import SERVICE_NAMES, Services
from tixmaster.stack.discover import sockets
from tixmaster.stack.discover.found import Found, Look
from tixmaster.stack.discover.sockets import Listener
from tixmaster.stack.managers.process import whereabouts

INTERPRETERS = re.compile(r"(node|bun|deno|python[\d.]*|ruby|java|php|dotnet|MainThread)")
"""What they run matters, and that is best told by its folder."""
SECRET = re.compile(r"passw|secret|token|api_?key|://[^/\s]*:[^/\s]*@", re.IGNORECASE)
USUAL_PORTS = frozenset(getattr(Services(), name).port for name in SERVICE_NAMES)
OURS = "supervisord"
OF_THE_MACHINE = frozenset(("sshd", "dockerd", "docker-proxy", "containerd", "cupsd", "dnsmasq", "rpcbind", "launchd"))


def look(listeners: Sequence[Listener]) -> Look:
    """One service for each process that listens with its children, and for hidden ones at a port we might know.

    A port of another user's unknown process is left alone: requests to it might not be welcome.
    """
    pids = {item.pid for item in listeners if item.pid is not None}
    by_root: dict[int, list[Listener]] = defaultdict(list)
    hidden: dict[int, list[Listener]] = defaultdict(list)
    for item in listeners:
        if item.pid is None and item.port in USUAL_PORTS:
            hidden[item.port].append(item)
        elif item.pid is not None and (root := _root(item.pid, pids)):
            by_root[root.pid].append(item)
    found = [made for pid, at in by_root.items() if (made := _translate(pid, at)) is not None]
    unseen = [_unseen(at) for at in hidden.values()]
    said = f"{len(found)} other processes that listen" + (
        f", and {len(unseen)} that this user may not see" * bool(unseen)
    )
    return Look(source="processes", said=said, found=(*found, *unseen))


def _root(pid: int, pids: set[int]) -> psutil.Process | None:
    """The first ancestor that listens too; None for a process of our own supervisor or of the machine."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        line = [process, *process.parents()]
        if any(OURS in " ".join(item.cmdline()) for item in line) or process.name() in OF_THE_MACHINE:
            return None
        return [item for item in line if item.pid in pids][-1]
    return None


def _translate(pid: int, at: list[Listener]) -> Found | None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        place = whereabouts.locate(process)
        if place is None:
            return None
        host, ports = sockets.place(at)
        title = _title(process.name(), place.folder)
        command, checks = _command(process, place)
        return Found(
            name=title,
            title=title,
            manager="process",
            pids=frozenset(item.pid for item in at if item.pid is not None),
            host=host,
            ports=ports,
            folder=place.folder,
            start=command,
            checks=(f"nobody keeps it running; found as {_short(place)}", *checks),
        )
    return None


def _unseen(at: list[Listener]) -> Found:
    host, ports = sockets.place(at)
    why = "its process belongs to another user: run `tix init` as root, or set `manager` and `name` yourself"
    return Found(name=f"port-{ports[0]}", manager="process", host=host, ports=ports, checks=(why,))


def _title(program: str, folder: Path | None) -> str:
    """The name in the folder's package.json, else the folder's own where an interpreter runs, else the program's."""
    if folder is None or not INTERPRETERS.fullmatch(program):
        return program
    with suppress(OSError, ValueError, AttributeError):
        if name := json.loads((folder / "package.json").read_bytes()).get("name"):
            return str(name)
    return folder.name or program


def _command(process: psutil.Process, place: whereabouts.Whereabouts) -> tuple[str | None, tuple[str, ...]]:
    """The command to start it by; not one that holds a secret, which must not get into the file."""
    words = process.cmdline()
    full = shlex.join(words)
    command = whereabouts.start_command(None, place)
    if command != whereabouts.SOP_START:
        command = full
    if SECRET.search(full) and command == full:
        return None, ("its command holds a secret and is left out; set `start`",)
    return command or None, ()


def _short(place: whereabouts.Whereabouts) -> str:
    where = f" in {place.folder}" if place.folder else ""
    return f"process {place.pid}{f' of {place.user}' if place.user else ''}{where}"
