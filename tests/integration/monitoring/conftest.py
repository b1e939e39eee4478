"""A real Prometheus and a real Alertmanager on free ports, between a stand-in backend and a recording on-call."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from tixmaster.stack import config as configuration
from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring import alertmanager as alertmanager_files
from tixmaster.stack.monitoring import prometheus as prometheus_files
from tixmaster.stack.monitoring.chain import WATCHDOG_METRIC
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.monitoring.write import write_all
from tixmaster.stack.ports import unused

NAMES = ("backend", "postgres", "prometheus", "alertmanager", "grafana", "oncall", "mail")


def eventually(holds: Callable[[], bool], *, within: float) -> None:
    """Waits until another process has come so far; fails after `within` seconds."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, f"did not happen within {within} s"
        time.sleep(0.05)


class Refused(Exception):
    """The answer is 403."""


class Web:
    """An HTTP server in a thread that can go away and come back on the same port."""

    def __init__(self, port: int, answer: Callable[[BaseHTTPRequestHandler], bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    body = answer(self)
                except Refused:
                    self.send_error(403)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Tests keep quiet."""

        self._port, self._handler = port, Handler
        self.start()

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Backend:
    """What the box office exports, as far as the rules look at it."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    noise: bytes = b""
    """What it says besides."""

    def __post_init__(self) -> None:
        self.requests = Counter(
            "http_server_request_duration_seconds_count",
            "Requests",
            ["http_request_method", "http_route", "http_response_status_code"],
            registry=self.registry,
        )
        self.requests.labels("GET", "/api/events", "200")
        Gauge("ticketing_sales_open", "Sales", registry=self.registry).set(1)

    def metrics(self, _: BaseHTTPRequestHandler) -> bytes:
        counted = generate_latest(self.registry).replace(b"_count_total", b"_count")
        return counted + b'http_server_request_duration_seconds_bucket{le="+Inf"} 0\n' + self.noise


@dataclass
class Oncall:
    """Records each webhook with the moment and the Authorization header it came with."""

    received: queue.Queue[tuple[float, str, dict[str, Any]]] = field(default_factory=queue.Queue)
    watchdog_at: float = 0.0
    refuses: bool = False
    """Whether it answers webhooks with 403, as on-call does to a wrong token."""

    def answer(self, request: BaseHTTPRequestHandler) -> bytes:
        if request.path == "/metrics":
            return f"# TYPE {WATCHDOG_METRIC} gauge\n{WATCHDOG_METRIC} {self.watchdog_at}\n".encode()
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        if self.refuses:
            raise Refused
        if body["commonLabels"]["alertname"] == "Watchdog":
            self.watchdog_at = time.time()
        self.received.put((time.monotonic(), request.headers.get("Authorization", ""), body))
        return b"{}"

    def await_alert(self, name: str, status: str, *, within: float = 120) -> tuple[float, str, dict[str, Any]]:
        """The next webhook about the alert `name` in `status`."""
        end = time.monotonic() + within
        while True:
            try:
                arrival = self.received.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no webhook {name} {status} within {within} s")
            if arrival[2]["commonLabels"]["alertname"] == name and arrival[2]["status"] == status:
                return arrival


class Mailbox(Message):  # type: ignore[misc]  # aiosmtpd has no types
    """Records each mail."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: queue.Queue[Any] = queue.Queue()

    def handle_message(self, message: Any) -> None:
        self.mails.put(message)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The running pieces."""

    config: Config
    prometheus: Prometheus
    alertmanager: Alertmanager
    backend: Backend
    backend_web: Web
    oncall: Oncall
    mailbox: Mailbox


def post_alert(stack: Stack, **labels: str) -> None:
    """Tells Alertmanager of an alert, a critical one of the environment `local` unless the labels say otherwise."""
    alert = {"labels": {"env": "local", "severity": "critical", **labels}, "annotations": {"summary": "s"}}
    httpx.post(stack.config.url("alertmanager", "/api/v2/alerts"), json=[alert]).raise_for_status()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything up, in the drill profile, with the Watchdog at on-call."""
    if shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None:
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = configured(tmp_path_factory.mktemp("monitoring"))
    write_all(config)
    backend, oncall, mailbox = Backend(), Oncall(), Mailbox()
    with ExitStack() as running:
        backend_web = Web(config.services.backend.port, backend.metrics)
        running.callback(backend_web.stop)
        running.callback(Web(config.services.oncall.port, oncall.answer).stop)
        catcher = Controller(mailbox, hostname="127.0.0.1", port=config.services.mail.port)
        catcher.start()
        running.callback(catcher.stop)
        for command in (
            ["prometheus-alertmanager", *alertmanager_files.arguments(config)],
            ["prometheus", *prometheus_files.arguments(config)],
        ):
            running.enter_context(_process(command, config.var / f"{command[0]}.log"))
        prometheus = running.enter_context(Prometheus(config.url("prometheus")))
        alertmanager = running.enter_context(Alertmanager(config.url("alertmanager")))
        eventually(lambda: _ready(prometheus) and _ready(alertmanager), within=120)
        oncall.await_alert("Watchdog", "firing", within=120)
        yield Stack(
            config=config,
            prometheus=prometheus,
            alertmanager=alertmanager,
            backend=backend,
            backend_web=backend_web,
            oncall=oncall,
            mailbox=mailbox,
        )


def configured(folder: Path) -> Config:
    """The drill profile on free ports, its secrets made."""
    ports = unused(len(NAMES))
    services = "\n".join(f"{name} = {{ port = {port} }}" for name, port in zip(NAMES, ports, strict=True))
    path = folder / "tixmaster.toml"
    path.write_text(f'timing = "drill"\n[services]\n{services}\n')
    config = configuration.load(path)
    secrets.ensure_all(config)
    return config


class _process(ExitStack):
    """A child process that is ended, and waited for, when the test is over."""

    def __init__(self, command: list[str], log: Path) -> None:
        super().__init__()
        output = self.enter_context(log.open("wb"))
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        self.callback(process.wait, timeout=120)
        self.callback(process.terminate)


def _ready(server: Prometheus | Alertmanager) -> bool:
    try:
        return server.ready()
    except UnreachableError:
        return False
