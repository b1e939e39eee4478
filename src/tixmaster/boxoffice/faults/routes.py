"""/api/fault/…, /api/crash and /api/slow: break this process on purpose, from this machine and with the token only."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any, Final

import structlog
from litestar import Router, delete, get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from structlog.contextvars import bind_contextvars

from tixmaster.boxoffice.errors import ForbiddenError
from tixmaster.boxoffice.faults.gate import EVERY_ROUTE
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.settings import Settings
from tixmaster.http.peer import is_direct_loopback, is_secret

TOKEN_HEADER: Final = "X-Fault-Token"  # noqa: S105 - the header's name
CRASH_STATUS: Final = 70
CRASH_SECONDS: Final = 0.1
"""Time for the answer to leave."""

Milliseconds = Annotated[int, QueryParameter(ge=0, le=60_000)]
Seconds = Annotated[float, QueryParameter(ge=0, le=60)]
Threads = Annotated[int, QueryParameter(ge=1, le=8)]
Megabytes = Annotated[int, QueryParameter(ge=1, le=1024)]
Series = Annotated[int, QueryParameter(ge=1, le=100_000)]
Share = Annotated[float, QueryParameter(ge=0, le=1)]

_log = structlog.stdlib.get_logger()


async def may_break(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Lets in programs on this machine that carry the token, where the endpoints are enabled.

    The refusal is the same whatever is missing; the request's line in the log says what.
    """
    if why := _missing(connection):
        bind_contextvars(refused=why)
        raise ForbiddenError("Fault endpoints are not available")


def _missing(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    settings: Settings = connection.app.state.office.settings
    if not settings.fault_endpoints:
        return "fault endpoints are disabled"
    if not is_direct_loopback(connection.scope):
        return "not from this machine"
    if "origin" in connection.headers:  # any page in a browser can send a request to loopback
        return "from a page in a browser"
    if not is_secret(connection.headers.get(TOKEN_HEADER, "").encode("latin-1"), settings.fault_token):
        return f"no valid {TOKEN_HEADER}"
    return None


@post("/crash", status_code=HTTP_202_ACCEPTED)
async def crash() -> dict[str, str]:
    """Ends the process without any of the usual care."""
    _log.error("crash on request")
    asyncio.get_running_loop().call_later(CRASH_SECONDS, os._exit, CRASH_STATUS)
    return {"message": "Crashing"}


@get("/slow")
async def slow(office: OfficeHere, delay: Milliseconds = 1000) -> dict[str, str]:
    """Answers after `delay` milliseconds."""
    await office.faults.until_cleared(delay / 1000)
    return {"message": f"Answered after {delay} ms"}


@post("/fault/health", status_code=HTTP_200_OK)
async def health(office: OfficeHere) -> dict[str, str]:
    """/health answers 503."""
    office.faults.unhealthy = True
    return _on("health")


@post("/fault/latency", status_code=HTTP_200_OK)
async def latency(office: OfficeHere, ms: Milliseconds = 1000) -> dict[str, str]:
    """Every request to the API takes `ms` longer."""
    office.faults.latency_seconds = ms / 1000
    return _on("latency")


@post("/fault/timeout", status_code=HTTP_200_OK)
async def timeout(office: OfficeHere, route: FromQuery[str] = EVERY_ROUTE) -> dict[str, str]:
    """POST /api/`route` hangs for ever; without a route every request to the API does."""
    office.faults.hanging |= {route.strip("/")}
    return _on("timeout")


@post("/fault/random", status_code=HTTP_200_OK)
async def by_chance(office: OfficeHere, share: Share = 0.5) -> dict[str, str]:
    """A share of the requests to the API answers 500."""
    office.faults.failing_share = share
    return _on("random")


@post("/fault/dependency", status_code=HTTP_200_OK)
async def dependency(office: OfficeHere) -> dict[str, str]:
    """Requests to the API answer as if the database were away."""
    office.faults.dependency_away = True
    return _on("dependency")


@post("/fault/cpu-spike", status_code=HTTP_200_OK)
async def cpu_spike(office: OfficeHere, seconds: Seconds = 10, threads: Threads = 2) -> dict[str, str]:
    """Uses up processor time for `seconds`: everything this process does gets slow."""
    office.faults.strain.burn(seconds, threads)
    return _on("cpu-spike")


@post("/fault/memory-pressure", status_code=HTTP_200_OK)
async def memory_pressure(office: OfficeHere, megabytes: Megabytes = 256) -> dict[str, str]:
    """Holds memory."""
    office.faults.strain.hold(megabytes)
    return _on("memory-pressure")


@post("/fault/memory-leak", status_code=HTTP_200_OK)
async def memory_leak(office: OfficeHere, route: FromQuery[str], megabytes: Megabytes = 256) -> dict[str, str]:
    """Each POST /api/`route` keeps some memory, of which the process may have `megabytes` more than now."""
    office.faults.strain.leak(megabytes)
    office.faults.leaking |= {route.strip("/")}
    return _on("memory-leak")


@post("/fault/http-dependency", status_code=HTTP_200_OK)
async def http_dependency(office: OfficeHere) -> dict[str, str]:
    """Requests to the API need a service that refuses the connection."""
    office.faults.http_dependency_away = True
    return _on("http-dependency")


@post("/fault/dns-failure", status_code=HTTP_200_OK)
async def dns_failure(office: OfficeHere) -> dict[str, str]:
    """Requests to the API need a service whose name cannot be found."""
    office.faults.names_fail = True
    return _on("dns-failure")


@post("/fault/bug", status_code=HTTP_200_OK)
async def bug(office: OfficeHere, route: FromQuery[str] = EVERY_ROUTE) -> dict[str, str]:
    """POST /api/`route` meets a programmer's mistake; without a route every request to the API does."""
    office.faults.broken |= {route.strip("/")}
    return _on("bug")


@post("/fault/payment-provider", status_code=HTTP_200_OK)
async def payment_provider(office: OfficeHere) -> dict[str, str]:
    """The payment provider refuses the connection."""
    office.faults.payments_away = True
    return _on("payment-provider")


@post("/fault/series", status_code=HTTP_200_OK)
async def series(office: OfficeHere, count: Series = 12_000) -> dict[str, str]:
    """/metrics exports a label with `count` values."""
    office.faults.strain.label(office.metrics.registry, count)
    return _on("series")


@delete("/fault", status_code=HTTP_200_OK)
async def clear(office: OfficeHere) -> dict[str, str]:
    """Ends all faults."""
    office.faults.clear()
    _log.warning("faults cleared")
    return {"message": "All faults are off"}


def _on(fault: str) -> dict[str, str]:
    _log.warning("fault injected", fault=fault)
    return {"message": f"Fault {fault} is on until DELETE /api/fault or a restart"}


router = Router(
    "/api",
    route_handlers=[
        crash,
        slow,
        health,
        latency,
        timeout,
        by_chance,
        dependency,
        cpu_spike,
        memory_pressure,
        memory_leak,
        http_dependency,
        dns_failure,
        bug,
        payment_provider,
        series,
        clear,
    ],
    guards=[may_break],
)
