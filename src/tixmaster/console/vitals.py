"""What the monitoring asks of on-call itself: is it well, and its numbers."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from prometheus_client import CollectorRegistry

from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store import facts
from tixmaster.telemetry.metrics import CONTENT_TYPE, exposition


@get("/health", sync_to_thread=True)
def health(oncall: OncallHere) -> dict[str, Any]:
    """That the process answers and its state can be read; and when the Watchdog was last seen."""
    with oncall.desk.database.read() as connection:
        seen = facts.watchdog_seen_at(connection)
    return {"status": "OK", "watchdogSeenAt": seen.isoformat(timespec="milliseconds") if seen else None}


@get("/metrics")
async def metrics(
    request: Request[Any, Any, Any], oncall: OncallHere, registry: NamedDependency[CollectorRegistry]
) -> Response[bytes]:
    """The numbers in Prometheus' text format, for this machine and for our Prometheus, wherever it runs."""
    prometheus = oncall.desk.config.services.prometheus.host
    client, server = request.client, request.scope["server"]
    here = client is not None and server is not None and client.host == server[0]
    if not here and not await _may_read(client.host if client else "", prometheus):
        raise PermissionDeniedException("metrics are given to this machine and to Prometheus only")
    await asyncio.to_thread(oncall.measure)
    return Response(await exposition(registry), media_type=CONTENT_TYPE.partition("; charset")[0])


async def _may_read(address: str, prometheus: str) -> bool:
    """Whether a caller is on this machine or is the host that the configuration names; its name is looked up anew each
    time, because a container that was made anew has another address."""
    try:
        if ipaddress.ip_address(address).is_loopback:
            return True
        found = await asyncio.get_running_loop().getaddrinfo(prometheus, None, type=socket.SOCK_STREAM)
    except (ValueError, OSError):
        return False
    return address in {place[0] for *_, place in found}
