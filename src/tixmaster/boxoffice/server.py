"""The process: settings, logs, database and HTTP server, from the start to a prompt and clean end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from typing import Final

import httpx
import structlog
import uvloop
from prometheus_client import CollectorRegistry

from tixmaster.boxoffice import settings as environment
from tixmaster.boxoffice.app import create_app
from tixmaster.boxoffice.errors import SettingsError
from tixmaster.boxoffice.jobs import at_work
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.open import open_office
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.http import server as http
from tixmaster.telemetry import logs

WRONG_SETTING: Final = 2
GRACE_SECONDS: Final = 2.0
"""How long requests in progress may take to finish after SIGTERM."""

_log = structlog.stdlib.get_logger()


def serve() -> None:
    """Runs the box office as the environment says, until SIGTERM or SIGINT. Exits with 2 when a setting is wrong."""
    try:
        settings = environment.read()
        listener = _listener(settings)
        http.allow_connections()
    except SettingsError as error:
        print(f"tixmaster-backend: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        sys.exit(WRONG_SETTING)
    output = logs.configure(
        service="tixmaster-backend",
        environment=settings.environment,
        folder=settings.log_folder,
        printed=settings.print_logs,
    )
    try:
        uvloop.run(run(settings, listener))
    finally:
        output.close()


async def run(settings: Settings, listener: socket.socket) -> None:
    """Serves until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    passwords = Passwords()
    metrics = BoxOfficeMetrics(CollectorRegistry(), settings.release)
    ourselves = httpx.AsyncClient(base_url=_own_address(settings), trust_env=False)
    async with open_office(settings, passwords, metrics, ourselves) as office, at_work(office):
        http.spare_the_collector()

        async def stopping() -> None:
            _log.info("stopping")
            office.faults.clear()

        _log.info("started", address=f"{settings.host}:{settings.port}")
        await http.serve(create_app(office), listener, stop=stop, grace_seconds=GRACE_SECONDS, stopping=stopping)
    passwords.close()


def _own_address(settings: Settings) -> str:
    """How this process reaches itself: an address that stands for all of them is no address to call."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - a key, nothing listens
    return f"http://{host}:{settings.port}"


def _listener(settings: Settings) -> socket.socket:
    """Raises `SettingsError` when the port is taken."""
    try:
        return http.bind(settings.host, settings.port)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set BOXOFFICE_HOST, BOXOFFICE_PORT."
        ) from error


if __name__ == "__main__":
    serve()
