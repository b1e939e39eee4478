"""The process: settings, logs, database and HTTP server, from the start to a prompt and clean end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import suppress
from typing import Final

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from prometheus_client import CollectorRegistry

from tixmaster.boxoffice import settings as environment
from tixmaster.boxoffice.app import create_app
from tixmaster.boxoffice.database.open import open_database
from tixmaster.boxoffice.errors import SettingsError
from tixmaster.boxoffice.identity import Tokens
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.stocktaking import keep_counting
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.telemetry import logs

WRONG_SETTING: Final = 2
CONCURRENT_REQUESTS: Final = 8192
"""Granian takes this many at once; its own default would let a few hundred hanging requests block all others."""
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
    async with open_database(settings, passwords) as database:
        metrics.watch_pool(database)
        office = Office(
            settings=settings,
            database=database,
            passwords=passwords,
            tokens=Tokens(settings.jwt_secret),
            metrics=metrics,
        )
        counting = asyncio.create_task(keep_counting(database, metrics))
        await _serve_until(stop, office)
        counting.cancel()
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
