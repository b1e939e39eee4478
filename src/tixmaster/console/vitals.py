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
from tixmaster.oncall.errors import StateAwayError
from tixmaster.oncall.store import facts
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


@get("/metrics")
async def metrics(
    request: Request[Any, Any, Any], oncall: OncallHere, registry: NamedDependency[CollectorRegistry]
) -> Response[bytes]:
    """The numbers in Prometheus' text format, for this machine and for our Prometheus, wherever it runs."""
    caller = request.client.host if request.client else ""
    called = (request.scope["server"] or ("",))[0]
    if not await may_read(caller, called, oncall.desk.config.services.prometheus.host):
        raise PermissionDeniedException("metrics are given to this machine and to Prometheus only")
    await asyncio.to_thread(oncall.measure)
    return Response(await exposition(registry), media_type=CONTENT_TYPE.partition("; charset")[0])


async def may_read(caller: str, called: str, prometheus: str) -> bool:
    """Whether the address of a caller is one of this machine, or of the host that the configuration names.

    That host is looked up anew each time: a container that was made anew has another address.
    """
    try:
        if (caller and caller == called) or ipaddress.ip_address(caller).is_loopback:
            return True
        found = await asyncio.get_running_loop().getaddrinfo(prometheus, None, type=socket.SOCK_STREAM)
    except (ValueError, OSError):
        return False
    return caller in {place[0] for *_, place in found}
