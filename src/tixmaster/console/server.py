"""The on-call process: opened, served, and stopped by a signal. Only one may work on a state folder."""

from __future__ import annotations

import asyncio
import fcntl
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import uvloop
from litestar import Litestar
from prometheus_client import CollectorRegistry

from tixmaster.console.app import create_app
from tixmaster.console.drills import Exercise
from tixmaster.http import server as http
from tixmaster.oncall.app import open_oncall
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.telemetry import logs
from tixmaster.telemetry.asgi import App, RequestTelemetry
from tixmaster.telemetry.metrics import HttpMetrics

SERVICE = "tixmaster-oncall"
ENVIRONMENT = "local"
STOP_SECONDS = 1.5
"""How long requests that are under way may take to end; then the process stops without them."""
WEBHOOK = ("POST", "/webhook/alertmanager", 200)
"""The route whose failures are alerted on: their counters exist from the start. Pages get theirs when somebody looks."""


def serve(config: Config, exercises: Sequence[Exercise] = ()) -> None:
    """Runs on-call and its console until SIGTERM or SIGINT; raises `StackError` where another process does already.

    `exercises` are the drills that its pages offer.
    """
    folder = config.var / "oncall"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(config):
        output = logs.configure(
            service=SERVICE, environment=ENVIRONMENT, folder=folder / "logs", printed=config.print_logs
        )
        try:
            _work(config, exercises)
        finally:
            output.close()


def _work(config: Config, exercises: Sequence[Exercise]) -> None:
    """On-call works before the first request comes in and after the last."""
    registry = CollectorRegistry()
    oncall = open_oncall(config, registry)
    app = create_app(oncall, registry, exercises)
    metrics = HttpMetrics(registry)
    metrics.start_at_zero([WEBHOOK])
    oncall.start()
    try:
        uvloop.run(_listen(config, app, metrics))
    finally:
        oncall.stop()


async def _listen(config: Config, app: Litestar, metrics: HttpMetrics) -> None:
    """Serves until a signal asks to stop. Event streams end first: the server waits for what is open."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = http.bind(config.services.oncall.listening, config.services.oncall.port)
    http.spare_the_collector()
    guarded = RequestTelemetry(cast(App, app), metrics)
    await http.serve(guarded, listener, stop=stop, grace_seconds=STOP_SECONDS, stopping=app.state.pulse.close)


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Holds the state folder's lock: two processes on one state would carry out the same run twice."""
    path = config.var / "oncall" / "lock"
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(
                f"on-call is already running on {config.var}. Stop it (`tix down`), or give this one a state folder of "
                "its own (`state` in tixmaster.toml)."
            ) from error
        yield
