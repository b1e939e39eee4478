"""The HTTP server of a process: its socket from the start, its requests until it is asked to stop."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

import uvicorn

from tixmaster.http.connection import Connection
from tixmaster.telemetry.asgi import App

BACKLOG: Final = 2048
FILES: Final = 65_536
COLLECT_AFTER: Final = (20_000, 20, 20)
"""Objects, and collections of the younger generations, between two collections."""
IDLE_SECONDS: Final = 75
"""How long a connection may stay open between two requests: longer than the 60 s of common load balancers."""


def bind(host: str, port: int) -> socket.socket:
    """The socket to listen on, bound; raises `OSError` where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def spare_the_collector() -> None:
    """What is there now stays: the garbage collector need not look at it again, nor after every 700 new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def allow_connections() -> None:
    """Lets this process have as many files and connections open as the system permits: the usual 1024 are no crowd."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(most, FILES)
    with suppress(ValueError, OSError):  # macOS permits less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def serve(
    app: App,
    listener: socket.socket,
    *,
    stop: asyncio.Event,
    grace_seconds: float,
    stopping: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Answers requests until `stop` is set, then `grace_seconds` longer those that are under way.

    `stopping` is called in between, to end what would go on for ever.
    """
    server = _Server(_config(app, grace_seconds))
    serving = asyncio.create_task(server.serve([listener]))
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, asked), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if stopping is not None:
        await stopping()
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """Leaves the signals of the process to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: App, grace_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        cast(Any, app),
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # whom to believe is the application's business
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=cast(int, grace_seconds),  # parts of a second work as well
    )
