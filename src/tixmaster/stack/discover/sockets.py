"""Which processes listen on which TCP ports of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

EVERY_ADDRESS = ("0.0.0.0", "::", "*", "")  # noqa: S104
HERE = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, order=True)
class Listener:
    """A port somebody listens on; `pid` is None where the process may not be seen."""

    port: int
    host: str
    pid: int | None


def listening() -> tuple[Listener, ...]:
    """Everything that listens, by port."""
    try:
        found = {
            Listener(port=item.laddr.port, host=_address(item.laddr.ip), pid=item.pid)
            for item in psutil.net_connections("tcp")
            if item.status == psutil.CONN_LISTEN and item.laddr
        }
    except psutil.AccessDenied:  # macOS lets only root look at all of them at once
        found = set(_process_by_process())
    return tuple(sorted(found, key=lambda item: (item.port, item.host, item.pid or 0)))


def of(pids: Iterable[int], listeners: Iterable[Listener]) -> tuple[Listener, ...]:
    """Where these processes listen."""
    wanted = frozenset(pids)
    return tuple(item for item in listeners if item.pid in wanted)


def place(listeners: Iterable[Listener]) -> tuple[str, tuple[int, ...]]:
    """The host and the ports of one service's listeners: this machine's own address where it has one."""
    items = tuple(listeners)
    hosts = {item.host for item in items}
    host = HERE if HERE in hosts or not hosts else sorted(hosts)[0]
    return host, tuple(sorted({item.port for item in items}))


def _address(ip: str) -> str:
    """The address by which it is reached from here; an IPv6 one by a name, for it must fit into a URL."""
    plain = ip.removeprefix("::ffff:")
    if plain in EVERY_ADDRESS:
        return HERE
    return "localhost" if plain == "::1" else plain


def _process_by_process() -> Iterator[Listener]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            for item in process.net_connections("tcp"):
                if item.status == psutil.CONN_LISTEN and item.laddr:
                    yield Listener(port=item.laddr.port, host=_address(item.laddr.ip), pid=process.pid)
