"""Is a service well? Asked the way its users would ask it, never by whether a process is there."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.said import Said, joined, said, system

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
    detail: Said


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
        return Health(healthy=False, detail=joined([address, system(error.strerror or error)], ": ", "："))
    return Health(healthy=True, detail=said("{address} accepts connections", "{address} 接受連線", address=address))


def _process(config: Config, service: str) -> Health:
    """Of a service that listens on no port its manager's word is all there is."""
    try:
        state = manager_of(config, service).status()
    except StackError as error:
        return Health(healthy=False, detail=error.words)
    return Health(healthy=state.state == "running" and state.health != "unhealthy", detail=state.detail)


def _http(config: Config, service: str, path: str, timeout: float) -> Health:
    """One GET with the standard library's client: `tix status` must not wait for a larger one to be imported."""
    place = config.service(service)
    url = config.url(service, path)
    connection = HTTPConnection(place.host, place.port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        words = "" if answer.status == 200 else _detail(answer.read(4096))
    except TimeoutError:
        silent = said(
            "no answer from {url} within {seconds:g} s", "{url} 於 {seconds:g} 秒內沒有回應", url=url, seconds=timeout
        )
        return Health(healthy=False, detail=silent)
    except (OSError, HTTPException) as error:
        why = system(getattr(error, "strerror", None) or error)
        return Health(healthy=False, detail=joined([url, why], ": ", "："))
    finally:
        connection.close()
    answers = said(
        "{url} answers {status}{words}", "{url} 回應 {status}{words}", url=url, status=answer.status, words=words
    )
    return Health(healthy=answer.status == 200, detail=answers)


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

    async def log_in() -> asyncpg.Connection[asyncpg.Record]:
        """As the superuser; as the reader where that password is kept from us, as in a container, or is another one,
        as in a server of somebody else."""
        roles: tuple[Role, ...] = ("postgres", "oncall")
        *first, last = [role for role in roles if secrets.path(config, PASSWORDS[role]).is_file()] or ["oncall"]
        for role in first:
            with suppress(asyncpg.InvalidAuthorizationSpecificationError):
                return await asyncpg.connect(database_url(config, role, "postgres"), timeout=timeout)
        return await asyncpg.connect(database_url(config, last, "postgres"), timeout=timeout)

    async def ask() -> Said:
        connection = await log_in()
        try:
            used, most = await connection.fetchrow(
                "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity "
                "WHERE backend_type = 'client backend'",
                timeout=timeout,
            )
        finally:
            await connection.close(timeout=timeout)
        return said("{used} of {most} connections", "連線 {used}／{most}", used=used, most=most)

    try:
        return Health(healthy=True, detail=asyncio.run(ask()))
    except TimeoutError:
        silent = said(
            "PostgreSQL gives no answer within {seconds:g} s", "PostgreSQL 於 {seconds:g} 秒內沒有回應", seconds=timeout
        )
        return Health(healthy=False, detail=silent)
    except ConnectionRefusedError:
        refused = said(
            "PostgreSQL refuses connections on port {port}",
            "PostgreSQL 於連接埠 {port} 拒絕連線",
            port=config.services.postgres.port,
        )
        return Health(healthy=False, detail=refused)
    except (OSError, asyncpg.PostgresError, StackError) as error:
        why = error.words if isinstance(error, StackError) else system(error)
        return Health(healthy=False, detail=joined(["PostgreSQL", why], ": ", "："))


def _mail(config: Config, timeout: float) -> Health:
    import smtplib

    server = config.mail.smtp
    host, port = (server.host, server.port) if server.host else (config.services.mail.host, config.services.mail.port)
    try:
        with smtplib.SMTP(host, port, timeout=timeout) as session:
            code, _ = session.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Health(healthy=False, detail=joined([f"SMTP {host}:{port}", system(error)], ": ", "："))
    answers = said("SMTP {place} answers {code}", "SMTP {place} 回應 {code}", place=f"{host}:{port}", code=code)
    return Health(healthy=code == 250, detail=answers)


def wait(config: Config, service: str, seconds: float) -> Health:
    """Asks until the service is healthy or the time is over; returns the last answer."""
    deadline = time.monotonic() + seconds
    while not (state := probe(config, service)).healthy and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return state
