"""Ports that somebody else holds: found before anything is started, with the holder and the setting to change."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import psutil

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


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


def holder(port: int) -> Holder:
    """Who listens on the port."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        if (
            connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
            and connection.pid
        ):
            try:
                return Holder(pid=connection.pid, command=" ".join(psutil.Process(connection.pid).cmdline())[:120])
            except psutil.Error:
                return Holder(pid=connection.pid, command="a process that ended meanwhile")
    return Holder(pid=None, command="a process of another user")


def check_free(config: Config, services: list[str]) -> None:
    """Raises `ConfigError` naming every taken port, its holder and the setting to change."""
    taken: list[str] = []
    for name in services:
        place = getattr(config.services, name)
        if not free(place.host, place.port):
            found = holder(place.port)
            who = f"process {found.pid} ({found.command})" if found.pid else found.command
            taken.append(
                f"port {place.port} for tixmaster-{name} is taken by {who}. "
                f"End that process, or set another port in {config.path}: [services] {name} = {{ port = … }}"
            )
    if taken:
        raise ConfigError("\n".join(taken))
