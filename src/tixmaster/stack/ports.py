"""Ports that somebody else holds: found before anything is started, with the holder and the setting to change."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import ConfigError

FIRST_UNUSED = 10_000
LOCAL_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A process that listens on a port; unknown where it belongs to somebody else and we may not look."""

    pid: int | None
    command: str


def free(host: str, port: int) -> bool:
    """Whether the port can be listened on."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True


def unused(count: int) -> list[int]:
    """Ports of this machine that nobody listens on now, all different, none given twice by one process.

    They lie below the range from which the kernel gives ports to outgoing connections: any connection could take one of
    that range before it is listened on.
    """
    return list(itertools.islice((port for port in _candidates if _bindable(port)), count))


def _walk() -> Iterator[int]:
    """From a place of chance, so that processes that look at the same time do not find the same ports."""
    span = range(FIRST_UNUSED, _first_ephemeral())
    begin = random.randrange(len(span))
    yield from itertools.cycle((*span[begin:], *span[:begin]))


def _first_ephemeral() -> int:
    """Linux: `net.ipv4.ip_local_port_range`; elsewhere the first one of IANA's dynamic range is above Linux's."""
    with suppress(OSError, ValueError):
        return max(int(LOCAL_PORT_RANGE.read_text().split()[0]), FIRST_UNUSED + 1000)
    return 32768


def _bindable(port: int) -> bool:
    """Unlike `free`, not where connections of an earlier listener are still closing."""
    with socket.socket() as candidate:
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_candidates = _walk()


def holder(port: int) -> Holder:
    """Who listens on the port."""
    for pid, listening in listeners():
        if listening == port:
            with suppress(psutil.Error):
                return Holder(pid=pid, command=" ".join(psutil.Process(pid).cmdline())[:120])
    return Holder(pid=None, command="a process of another user")


def check(config: Config, processes: dict[str, int | None]) -> None:
    """Raises `ConfigError` naming every port that somebody else holds, the holder, and the setting to change.

    `processes` are the services to look at, each with its own process, which may well hold the port; None: it has none.
    """
    complaints = [
        _complaint(config, service, found)
        for service, pid in processes.items()
        if (found := _stranger(config.service(service), pid)) is not None
    ]
    if complaints:
        raise ConfigError("\n".join(complaints))


def _stranger(place: Service, own: int | None) -> Holder | None:
    """Who holds the port, if that is neither nobody nor the service's own process or a child of it."""
    if free(place.host, place.port):
        return None
    found = holder(place.port)
    if own is not None and (found.pid is None or found.pid in family(own)):
        return None
    return found


def _complaint(config: Config, service: str, found: Holder) -> str:
    port = config.service(service).port
    who = f"process {found.pid} ({found.command})" if found.pid else found.command
    return (
        f"port {port} for tixmaster-{service} is taken by {who}. "
        f"End that process, or set another port in {config.path}: [services] {service} = {{ port = … }}"
    )


def family(pid: int) -> set[int]:
    """The process and all its descendants; empty where it is gone."""
    try:
        return {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    except psutil.NoSuchProcess:
        return set()


def listeners() -> Iterator[tuple[int, int]]:
    """(process, port) of everything that listens, as far as we may look: macOS shows a user only the user's own."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr:
                    yield process.pid, connection.laddr.port
