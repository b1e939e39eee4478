"""What the monitoring asks of on-call itself: is it well, and its numbers."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from prometheus_client import CollectorRegistry

from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store import facts
from tixmaster.telemetry.metrics import CONTENT_TYPE, exposition


def from_this_machine(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard: the numbers are for the Prometheus beside us."""
    host = connection.client.host if connection.client else ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise PermissionDeniedException("metrics are given to this machine only")


@get("/health", sync_to_thread=True)
def health(oncall: OncallHere) -> dict[str, Any]:
    """That the process answers and its state can be read; and when the Watchdog was last seen."""
    with oncall.desk.database.read() as connection:
        seen = facts.watchdog_seen_at(connection)
    return {"status": "OK", "watchdogSeenAt": seen.isoformat(timespec="milliseconds") if seen else None}


@get("/metrics", guards=[from_this_machine])
async def metrics(oncall: OncallHere, registry: NamedDependency[CollectorRegistry]) -> Response[bytes]:
    """The numbers in Prometheus' text format."""
    await asyncio.to_thread(oncall.measure)
    return Response(await exposition(registry), media_type=CONTENT_TYPE.partition("; charset")[0])
