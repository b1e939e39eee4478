"""The process: settings, logs, database and HTTP server, from the start to a prompt and clean end."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from contextlib import suppress
from typing import Final

import httpx
import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from prometheus_client import CollectorRegistry

from tixmaster.boxoffice import settings as environment
from tixmaster.boxoffice.app import create_app
from tixmaster.boxoffice.errors import SettingsError
from tixmaster.boxoffice.jobs import at_work
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.open import open_office
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.telemetry import logs

WRONG_SETTING: Final = 2
CONCURRENT_REQUESTS: Final = 8192
"""Granian takes this many at once; its own default would let a few hundred hanging requests block all others."""
COLLECT_AFTER: Final = (20_000, 20, 20)
"""Objects, and collections of the younger generations, between two collections."""
BACKLOG: Final = 2048
GRACE_SECONDS: Final = 2.5
"""How long requests in progress may take to finish after SIGTERM."""

_log = structlog.stdlib.get_logger()


def serve() -> None:
    """Runs the box office as the environment says, until SIGTERM or SIGINT. Exits with 2 when a setting is wrong."""
    try:
        settings = environment.read()
        _claim(settings)
    except SettingsError as error:
        print(f"tixmaster-backend: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        sys.exit(WRONG_SETTING)
    output = logs.configure(service="tixmaster-backend", environment=settings.environment, folder=settings.log_folder)
    try:
        uvloop.run(run(settings))
    finally:
        output.close()


async def run(settings: Settings) -> None:
    """Serves until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    passwords = Passwords()
    metrics = BoxOfficeMetrics(CollectorRegistry())
    ourselves = httpx.AsyncClient(base_url=_own_address(settings), trust_env=False)
    async with open_office(settings, passwords, metrics, ourselves) as office, at_work(office):
        _spare_the_collector()
        await _serve_until(stop, office)
    passwords.close()


async def _serve_until(stop: asyncio.Event, office: Office) -> None:
    server = _server(office)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    _log.info("started", address=f"{office.settings.host}:{office.settings.port}")
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    _log.info("stopping", reason="signal" if stop.is_set() else "server ended")
    stopping.cancel()
    office.faults.clear()
    server.stop()
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, GRACE_SECONDS)


def _spare_the_collector() -> None:
    """What is there now stays: the garbage collector need not look at it again, nor after every 700 new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _own_address(settings: Settings) -> str:
    """How this process reaches itself: an address that stands for all of them is no address to call."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - a key, nothing listens
    return f"http://{host}:{settings.port}"


def _server(office: Office) -> Server:
    return Server(
        create_app(office),
        address=office.settings.host,
        port=office.settings.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONCURRENT_REQUESTS,
        log_enabled=False,
    )


def _claim(settings: Settings) -> None:
    """Raises `SettingsError` when the port is taken: Granian would share it with the other process."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set BOXOFFICE_HOST, BOXOFFICE_PORT."
            ) from error


if __name__ == "__main__":
    serve()
