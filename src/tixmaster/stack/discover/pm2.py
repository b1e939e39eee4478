"""Processes that this user's PM2 keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tixmaster.stack.discover import sockets
from tixmaster.stack.discover.found import Found, Look
from tixmaster.stack.discover.sockets import Listener
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers.pm2 import daemon
from tixmaster.stack.ports import family


def look(listeners: Sequence[Listener]) -> Look:
    """What `pm2 jlist` says, several instances as one service."""
    try:
        listed = daemon.ask()
    except StackError as error:
        return Look(source="PM2", said=str(error))
    god = _god()
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in listed:
        by_name[str(item["name"])].append(item)
    found = tuple(_translate(name, items, listeners, god) for name, items in by_name.items())
    return Look(source="PM2", said=f"{len(found)} processes in {daemon.home()}", found=found, pids=god)


def _translate(name: str, items: list[dict[str, Any]], listeners: Sequence[Listener], god: frozenset[int]) -> Found:
    settings = items[0]["pm2_env"]
    pids = frozenset(pid for item in items if item.get("pid") for pid in family(item["pid"]))
    at = sockets.of(pids, listeners) or _in_cluster_mode(settings, sockets.of(god, listeners))
    host, ports = sockets.place(at)
    folder = settings.get("pm_cwd")
    checks = [] if ports else ["no port was found; set `port` if it listens on one"]
    if any(item["pm2_env"].get("status") != "online" for item in items):
        checks.append("not every instance of it was online")
    return Found(
        name=name,
        title=name,
        manager="pm2",
        pids=pids,
        host=host,
        ports=ports,
        folder=Path(folder) if folder else None,
        checks=tuple(checks),
    )


def _in_cluster_mode(settings: dict[str, Any], of_daemon: tuple[Listener, ...]) -> tuple[Listener, ...]:
    """There the daemon listens for its instances; whose port is whose, only the variable PORT can say."""
    if settings.get("exec_mode") != "cluster_mode":
        return ()
    wanted = str(settings.get("PORT") or (settings.get("env") or {}).get("PORT"))
    named = tuple(item for item in of_daemon if str(item.port) == wanted)
    return named or (of_daemon if len({item.port for item in of_daemon}) == 1 else ())


def _god() -> frozenset[int]:
    """The daemon itself."""
    with suppress(OSError, ValueError):
        return frozenset({int((daemon.home() / "pm2.pid").read_text())})
    return frozenset()
