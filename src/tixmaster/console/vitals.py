"""What the monitoring asks of on-call itself: is it well, and its numbers."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from prometheus_client import CollectorRegistry

from tixmaster.http.peer import Networks, may_read_metrics
from tixmaster.oncall.api import Guard, OncallHere
from tixmaster.oncall.errors import StateAwayError
from tixmaster.oncall.store import facts
from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.telemetry.metrics import CONTENT_TYPE, exposition


@get("/health", sync_to_thread=True)
def health(oncall: OncallHere) -> dict[str, Any]:
    """That a row was just written to the state and read back; and when the Watchdog was last seen."""
    oncall.probe.insist()
    with oncall.desk.database.read() as connection:
        seen = facts.watchdog_seen_at(connection)
    if why := oncall.desk.database.trouble:
        raise StateAwayError(why)
    return {"status": "OK", "watchdogSeenAt": seen.isoformat(timespec="milliseconds") if seen else None}


def scrape_guard(config: Config) -> Guard:
    """Lets in programs on this machine, the networks of `metrics_allow`, and whoever carries the token."""
    allow, token = Networks(config.metrics_allow), secrets.read(config, "metrics-token")

    async def may_scrape(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        if not may_read_metrics(connection.scope, allow, token):
            raise PermissionDeniedException(
                "metrics are for this machine; from elsewhere use the bearer token in var/secrets/metrics-token, or "
                "allow the network (metrics_allow in tixmaster.toml)"
            )

    return may_scrape


@get("/metrics")
async def metrics(oncall: OncallHere, registry: NamedDependency[CollectorRegistry]) -> Response[bytes]:
    """The numbers in Prometheus' text format."""
    await asyncio.to_thread(oncall.measure)
    return Response(await exposition(registry), media_type=CONTENT_TYPE.partition("; charset")[0])
