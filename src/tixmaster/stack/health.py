"""Is a service well? Asked the way its users would ask it, never by whether a process is there."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of

if TYPE_CHECKING:
    from tixmaster.stack.postgres import Role

POLL_SECONDS = 0.05
PATHS = {
    "backend": "/health",
    "prometheus": "/-/ready",
    "alertmanager": "/-/ready",
    "grafana": "/api/health",
    "oncall": "/health",
}


@dataclass(frozen=True, kw_only=True)
class Health:
    """`detail` is one line for people: what answered, or what did not and why."""

    healthy: bool
    detail: str


def probe(config: Config, service: str, timeout: float = 2.0) -> Health:
    """Asks the service (short name) once, within `timeout` seconds; never raises."""
    place = config.service(service)
    probes: dict[str, Callable[[Config, float], Health]] = {"postgres": _postgres, "mail": _mail}
    if service in probes:
        return probes[service](config, timeout)
    if path := place.health or PATHS.get(service):
        return _http(config, service, path, timeout)
    return _port(place, timeout) if place.port else _process(config, service)


def _port(place: Service, timeout: float) -> Health:
    address = f"{place.host}:{place.port}"
    try:
        socket.create_connection((place.host, place.port), timeout).close()
    except OSError as error:
        return Health(healthy=False, detail=f"{address}: {error.strerror or error}")
    return Health(healthy=True, detail=f"{address} accepts connections")


def _process(config: Config, service: str) -> Health:
    """Of a service that listens on no port its manager's word is all there is."""
    try:
        state = manager_of(config, service).status()
    except StackError as error:
        return Health(healthy=False, detail=str(error))
    return Health(healthy=state.state == "running" and state.health != "unhealthy", detail=state.detail)


def _http(config: Config, service: str, path: str, timeout: float) -> Health:
    """One GET with the standard library's client: `tix status` must not wait for a larger one to be imported."""
    place = config.service(service)
    url = config.url(service, path)
    connection = HTTPConnection(place.host, place.port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = "" if answer.status == 200 else _detail(answer.read(4096))
    except TimeoutError:
        return Health(healthy=False, detail=f"no answer from {url} within {timeout:g} s")
    except (OSError, HTTPException) as error:
        return Health(healthy=False, detail=f"{url}: {getattr(error, 'strerror', None) or error}")
    finally:
        connection.close()
    return Health(healthy=answer.status == 200, detail=f"{url} answers {answer.status}{said}")


def _detail(body: bytes) -> str:
    """What a problem document (RFC 9457) says; other bodies are for others to read."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    return f": {document['detail']}" if isinstance(document, dict) and isinstance(document.get("detail"), str) else ""


def _postgres(config: Config, timeout: float) -> Health:
    import asyncpg

    from tixmaster.stack import secrets
    from tixmaster.stack.postgres import PASSWORDS, database_url

    # Where the superuser's password is kept from us, as in a container, the reader's must do.
    role: Role = "postgres" if secrets.path(config, PASSWORDS["postgres"]).is_file() else "oncall"

    async def ask() -> str:
        connection = await asyncpg.connect(database_url(config, role, "postgres"), timeout=timeout)
        try:
            used, most = await connection.fetchrow(
                "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity "
                "WHERE backend_type = 'client backend'",
                timeout=timeout,
            )
        finally:
            await connection.close(timeout=timeout)
        return f"{used} of {most} connections"

    try:
        return Health(healthy=True, detail=asyncio.run(ask()))
    except TimeoutError:
        return Health(healthy=False, detail=f"PostgreSQL gives no answer within {timeout:g} s")
    except ConnectionRefusedError:
        return Health(healthy=False, detail=f"PostgreSQL refuses connections on port {config.services.postgres.port}")
    except (OSError, asyncpg.PostgresError, StackError) as error:
        return Health(healthy=False, detail=f"PostgreSQL: {error}")


def _mail(config: Config, timeout: float) -> Health:
    import smtplib

    server = config.mail.smtp
    host, port = (server.host, server.port) if server.host else (config.services.mail.host, config.services.mail.port)
    try:
        with smtplib.SMTP(host, port, timeout=timeout) as session:
            code, _ = session.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Health(healthy=False, detail=f"SMTP {host}:{port}: {error}")
    return Health(healthy=code == 250, detail=f"SMTP {host}:{port} answers {code}")


def wait(config: Config, service: str, seconds: float) -> Health:
    """Asks until the service is healthy or the time is over; returns the last answer."""
    deadline = time.monotonic() + seconds
    while not (state := probe(config, service)).healthy and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return state
