"""A real nginx on the same machine, in front of the box office, as on a small server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tixmaster.boxoffice.rate_limit import ACCOUNTS_PER_HOUR
from tixmaster.stack.ports import unused

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend

METRICS_TOKEN = "m" * 32
HEADERS = {
    "as nginx does by default": "",
    "X-Forwarded-For": "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "X-Real-IP": "proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;",
}
"""Ways to configure it."""


@pytest.fixture
def backend(start_backend: Callable[..., Backend], database_url: str) -> Backend:
    """A box office whose fault endpoints are enabled: the worst case."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true", BOXOFFICE_METRICS_TOKEN=METRICS_TOKEN)
    backend.wait_for(200)
    return backend


@pytest.fixture
def outside(backend: Backend, tmp_path: Path) -> Iterator[dict[str, httpx.Client]]:
    """A visitor of each server of nginx."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    ports = dict(zip(HEADERS, unused(len(HEADERS)), strict=True))
    servers = "".join(
        f"server {{ listen 127.0.0.1:{ports[name]}; location / {{ proxy_pass http://127.0.0.1:{backend.port}; {lines} }} }}\n"
        for name, lines in HEADERS.items()
    )
    temporary = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in TEMPORARY)
    settings = tmp_path / "nginx.conf"
    settings.write_text(
        f"pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; daemon off; events {{}}\n"
        f"http {{ access_log off; {temporary}{servers}}}\n"
    )
    process = subprocess.Popen(["nginx", "-e", f"{tmp_path}/error.log", "-c", str(settings)])
    clients = {name: httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) for name, port in ports.items()}
    try:
        await_listening(process, list(ports.values()))
        yield clients
    finally:
        for client in clients.values():
            client.close()
        process.terminate()
        process.wait(30)


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def await_listening(process: subprocess.Popen[bytes], ports: list[int]) -> None:
    """Returns when nginx accepts connections on all of them."""
    deadline = time.monotonic() + 60
    for port in ports:
        while True:
            assert process.poll() is None, "nginx has ended"
            assert time.monotonic() < deadline, f"nginx does not listen on {port}"
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                break


def test_a_proxy_on_this_machine_opens_nothing(backend: Backend, outside: dict[str, httpx.Client]) -> None:
    """Neither faults, not even with their token, nor metrics without theirs; direct requests are answered."""
    spoofed = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}
    with_token = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    for name, visitor in outside.items():
        assert visitor.get("/api/events").status_code == 200, name
        for headers in ({}, spoofed):
            assert visitor.get("/metrics", headers=headers).status_code == 403, name
            for token in ({}, {"X-Fault-Token": backend.client.headers["x-fault-token"]}):
                assert visitor.get("/api/slow?delay=0", headers=headers | token).status_code == 403, name
                assert visitor.post("/api/crash", headers=headers | token).status_code == 403, name
        assert visitor.get("/metrics", headers=with_token).status_code == 200, name
    assert backend.client.get("/metrics").status_code == 200
    assert backend.client.get("/api/slow?delay=0").status_code == 200
    assert backend.client.get("/api/slow?delay=0", headers={"X-Fault-Token": "wrong"}).status_code == 403


def test_what_a_proxy_on_this_machine_passes_on_is_limited(backend: Backend, outside: dict[str, httpx.Client]) -> None:
    """Accounts are opened as from any address, through whichever server; programs on this machine have no limit."""
    visitors = list(outside.values())
    answers = [
        visitors[number % len(visitors)].post("/api/users/register", json={}).status_code
        for number in range(ACCOUNTS_PER_HOUR + 3)
    ]
    assert answers == [400] * ACCOUNTS_PER_HOUR + [429] * 3
    assert backend.client.post("/api/users/register", json={}).status_code == 400
    backend.terminate()  # the log is written a little later than the answers
    assert any("BOXOFFICE_TRUSTED_PROXIES" in line["message"] for line in backend.lines())


def test_visitors_of_a_trusted_proxy_on_this_machine_do_not_share(
    start_backend: Callable[..., Backend], database_url: str
) -> None:
    """Each has the limit of the address that the proxy names; to name this machine gains nothing."""
    backend = start_backend(database_url, BOXOFFICE_TRUSTED_PROXIES="127.0.0.1")
    backend.wait_for(200)
    for visitor in ("192.0.2.1", "192.0.2.2", "127.0.0.1"):
        headers = {"X-Forwarded-For": f"127.0.0.1, {visitor}"}
        answers = [
            backend.client.post("/api/users/register", json={}, headers=headers).status_code
            for _ in range(ACCOUNTS_PER_HOUR + 1)
        ]
        assert answers == [400] * ACCOUNTS_PER_HOUR + [429]
        assert backend.client.get("/metrics", headers=headers).status_code == 403
