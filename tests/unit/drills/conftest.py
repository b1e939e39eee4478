"""A small shop that speaks the backend's contract, and an on-call, a Prometheus and an Alertmanager with set answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tixmaster.stack.config import Config, Service

EVENTS = [{"id": 1}, {"id": 2}]
TICKETS = {
    1: [{"id": 11, "available_quantity": 500}],
    2: [{"id": 21, "available_quantity": 200}, {"id": 22, "available_quantity": 100_000}],
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asked of a server."""

    method: str
    path: str
    body: dict[str, Any]
    token: str | None
    fault_token: str | None


@dataclass
class Server:
    """An HTTP server on a free port that answers `(method, path)` from `answers`; paths stand without their query."""

    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    hang: threading.Event | None = None
    """While it is not set, orders hang."""

    def answer(self, request: Request) -> tuple[int, Any]:
        if self.hang and request.path == "/api/orders":
            self.hang.wait(10)
        return self.answers.get((request.method, request.path), (404, {"error": "Endpoint not found"}))

    def asked(self, method: str, path: str) -> list[Request]:
        return [one for one in self.requests if (one.method, one.path) == (method, path)]


class Shop(Server):
    """The backend: it knows whom it registered, and hands out order numbers."""

    def answer(self, request: Request) -> tuple[int, Any]:
        status, body = super().answer(request)
        if request.method == "PUT" and request.path.startswith("/api/orders/"):
            return 200, {"message": "paid", "order": {}}
        return status, body


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            server.connections += 1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            content = json.loads(raw) if "json" in (self.headers.get("Content-Type") or "") else {}
            request = Request(
                method=self.command,
                path=self.path.split("?")[0],
                body=content,
                token=token,
                fault_token=self.headers.get("X-Fault-Token"),
            )
            server.requests.append(request)
            status, body = server.answer(request)
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Tests keep quiet."""

    return Handler


class _Quiet(ThreadingHTTPServer):
    """Shoppers who lose patience hang up; that is no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client went away."""


def _run(server: Server) -> Iterator[int]:
    with _Quiet(("127.0.0.1", 0), _handler(server)) as listening:
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield int(listening.server_port)
        if server.hang:
            server.hang.set()
        listening.shutdown()


@pytest.fixture
def shop() -> Shop:
    """A backend where all is well."""
    shop = Shop()
    shop.answers = {
        ("GET", "/health"): (200, {"status": "OK"}),
        ("POST", "/api/users/register"): (201, {"message": "", "user": {}}),
        ("POST", "/api/users/login"): (200, {"message": "", "token": "t0ken", "user": {}}),
        ("GET", "/api/events"): (200, {"events": EVENTS}),
        **{("GET", f"/api/events/{one}"): (200, {"event": {"id": one}}) for one in TICKETS},
        **{("GET", f"/api/events/{one}/tickets"): (200, {"tickets": kinds}) for one, kinds in TICKETS.items()},
        ("POST", "/api/orders"): (201, {"message": "", "order": {"order_number": "TIX-1"}}),
    }
    return shop


@pytest.fixture
def watch() -> Server:
    """Prometheus, Alertmanager and on-call in one, over a system in its calm."""
    server = Server()
    server.answers = {
        ("POST", "/api/v1/query"): (
            200,
            {"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "200"]}]}},
        ),
        ("GET", "/api/v1/alerts"): (200, {"data": {"alerts": []}}),
        ("GET", "/api/v1/alertmanagers"): (200, {"data": {"activeAlertmanagers": [{"url": "http://alertmanager"}]}}),
        ("GET", "/api/v2/alerts"): (200, []),
        ("GET", "/api/incidents"): (200, {"incidents": []}),
        ("POST", "/api/drill"): (200, {}),
        ("DELETE", "/api/drill"): (200, {}),
    }
    return server


@pytest.fixture
def system(config: Config, shop: Shop, watch: Server) -> Iterator[Config]:
    """A configuration whose backend and watchers are the servers above."""
    shop_run, watch_run = _run(shop), _run(watch)
    at_shop, at_watch = Service(port=next(shop_run)), Service(port=next(watch_run))
    services = msgspec.structs.replace(
        config.services, backend=at_shop, prometheus=at_watch, alertmanager=at_watch, oncall=at_watch
    )
    yield msgspec.structs.replace(config, services=services, path=Path("tixmaster.toml"))
    for run in (shop_run, watch_run):
        next(run, None)
