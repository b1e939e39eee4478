"""What answers on a port: one of the services that on-call knows by itself, or something with a health path."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

TIMEOUT = 0.7
"""Seconds for each question: whoever answers slower on this machine is not well, or is no HTTP server."""
HEALTH_PATHS: Final = ("/health", "/healthz", "/api/health", "/")
BODY_BYTES = 64 * 1024
NOT_HTTP: Final = frozenset((22, 25, 53, 587, 1025, 2379, 3306, 5672, 6379, 11211, 27017))
"""SSH, mail, databases: they count a request of HTTP as an attack or an error."""
POSTGRES_PORTS: Final = range(5432, 5441)
SSL_REQUEST: Final = bytes((0, 0, 0, 8, 4, 210, 22, 47))
"""PostgreSQL's protocol, SSLRequest: answered with one byte, S or N, by no one else."""


def known(host: str, port: int, name: str) -> str | None:
    """The service of ours that this is by its answers: postgres, prometheus, alertmanager or grafana."""
    if port in POSTGRES_PORTS or "postgres" in name:
        return "postgres" if _is_postgres(host, port) else None
    if port in NOT_HTTP:
        return None
    return next((service for service, test in HTTP_SERVICES.items() if test(host, port)), None)


def health_path(host: str, port: int) -> str | None:
    """The first of the usual paths that answers 200; None where none does or HTTP is not spoken."""
    if port in NOT_HTTP or port in POSTGRES_PORTS:
        return None
    for path in HEALTH_PATHS:
        answer = _get(host, port, path)
        if answer is None:
            return None
        if answer[0] == 200:
            return path
    return None


def _is_prometheus(host: str, port: int) -> bool:
    answer = _get(host, port, "/-/ready")
    return answer is not None and b"Prometheus" in answer[1]


def _is_alertmanager(host: str, port: int) -> bool:
    return {"cluster", "versionInfo"} <= _json(host, port, "/api/v2/status").keys()


def _is_grafana(host: str, port: int) -> bool:
    return {"database", "version"} <= _json(host, port, "/api/health").keys()


HTTP_SERVICES: Final[dict[str, Callable[[str, int], bool]]] = {
    "prometheus": _is_prometheus,
    "alertmanager": _is_alertmanager,
    "grafana": _is_grafana,
}


def _is_postgres(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), TIMEOUT) as connection:
            connection.settimeout(TIMEOUT)
            connection.sendall(SSL_REQUEST)
            return connection.recv(1) in (b"S", b"N")
    except OSError:
        return False


def _json(host: str, port: int, path: str) -> dict[str, Any]:
    """The document at the path; empty where there is none."""
    answer = _get(host, port, path)
    try:
        document = json.loads(answer[1]) if answer and answer[0] == 200 else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _get(host: str, port: int, path: str) -> tuple[int, bytes] | None:
    """Status and body; None where nothing answers in time, or not in HTTP."""
    with closing(HTTPConnection(host, port, timeout=TIMEOUT)) as connection:
        try:
            connection.request("GET", path, headers={"User-Agent": "tix-init"})
            answer = connection.getresponse()
            return answer.status, answer.read(BODY_BYTES)
        except (OSError, HTTPException, ValueError):
            return None
