"""The server process: its start, its logs, its end, and the faults that only a process can have."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend

Start = Callable[..., "Backend"]
PROBE = {"email": "probe@tixmaster.invalid", "password": "probe-password"}


def sign_in(backend: Backend) -> dict[str, Any]:
    """The probe's headers."""
    token = backend.client.post("/api/users/login", json=PROBE).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def hang_orders(backend: Backend, count: int) -> tuple[ThreadPoolExecutor, list[Any]]:
    """Switches the fault on and leaves `count` orders hanging in it."""
    headers = sign_in(backend)
    assert backend.client.post("/api/fault/timeout?route=orders").status_code == 200
    started = threading.Barrier(count + 1)

    def order() -> int:
        with httpx.Client(base_url=backend.client.base_url, timeout=30) as client:
            started.wait()
            return client.post("/api/orders", headers=headers, json={}).status_code

    pool = ThreadPoolExecutor(count)
    orders = [pool.submit(order) for _ in range(count)]
    started.wait()
    return pool, orders


def active(backend: Backend) -> float:
    """Requests in progress, without the one that asks."""
    page = backend.client.get("/metrics").text
    line = next(line for line in page.splitlines() if line.startswith("http_server_active_requests "))
    return float(line.split()[1]) - 1


def wait_for_active(backend: Backend, count: int) -> None:
    """Returns when so many requests are in progress."""
    for _ in range(200):
        if active(backend) == count:
            return
    raise AssertionError(f"{active(backend)} requests are in progress, not {count}")


def test_sigterm_ends_it_promptly_while_orders_hang(start_backend: Start, database_url: str) -> None:
    """Browsing goes on, a restart heals, and nothing delays it."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    pool, orders = hang_orders(backend, 20)
    wait_for_active(backend, 20)
    assert backend.client.get("/api/events").status_code == 200
    assert not any(order.done() for order in orders)
    assert backend.terminate() < 8
    assert backend.process.returncode == 0
    pool.shutdown()


def test_hanging_orders_are_let_go_when_the_fault_ends(start_backend: Start, database_url: str) -> None:
    """DELETE /api/fault: what waited is answered, and sold nothing."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    pool, orders = hang_orders(backend, 3)
    wait_for_active(backend, 3)
    backend.client.delete("/api/fault")
    assert [order.result(timeout=5) for order in orders] == [503] * 3
    assert backend.client.post("/api/orders", headers=sign_in(backend), json={}).status_code == 400
    pool.shutdown()


def test_callers_that_give_up_leave_nothing_behind(start_backend: Start, database_url: str) -> None:
    """A long hang does not fill the memory; the line says 499."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    headers = sign_in(backend)
    backend.client.post("/api/fault/timeout?route=orders")
    for _ in range(3):
        try:
            httpx.post(
                f"{backend.client.base_url}/api/orders", headers=headers, json={}, timeout=httpx.Timeout(60, read=0.2)
            )
        except httpx.ReadTimeout:
            continue
        raise AssertionError("the order did not hang")
    wait_for_active(backend, 0)
    assert backend.terminate() < 8
    assert [line["statusCode"] for line in backend.lines() if line.get("path") == "/api/orders"] == [499] * 3


def test_each_fault_does_what_it_says(start_backend: Start, database_url: str) -> None:
    """And DELETE /api/fault ends them."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    for fault, path, status in (
        ("health", "/health", 503),
        ("random?share=1", "/api/events", 500),
        ("dependency", "/api/events", 503),
    ):
        assert backend.client.post(f"/api/fault/{fault}").status_code == 200
        assert backend.client.get(path).status_code == status
        backend.client.delete("/api/fault")
        assert backend.client.get(path).status_code == 200
    backend.client.post("/api/fault/latency?ms=300")
    assert backend.client.get("/api/events").elapsed.total_seconds() >= 0.3
    assert backend.client.get("/api/slow?delay=200").elapsed.total_seconds() >= 0.2
    assert backend.client.post("/api/fault/random?share=2").status_code == 400


def test_a_page_in_a_browser_cannot_inject_faults(start_backend: Start, database_url: str) -> None:
    """Loopback alone is no proof: any web page can make a browser send a request there."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    assert backend.client.post("/api/crash", headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_crash_is_a_crash(start_backend: Start, database_url: str) -> None:
    """Answered first, then gone, with the reason in the log."""
    backend = start_backend(database_url, ENABLE_FAULT_ENDPOINTS="true")
    backend.wait_for(200)
    assert backend.client.post("/api/crash").status_code == 202
    assert backend.process.wait(60) == 70
    assert "crash on request" in [line["message"] for line in backend.lines("error.log")]


def test_the_log_has_the_contract_s_fields(start_backend: Start, database_url: str) -> None:
    """Who, what, how long; one line a request, the caller's real id among them."""
    backend = start_backend(database_url)
    backend.wait_for(200)
    headers = sign_in(backend) | {"X-Request-Id": "find-me"}
    assert backend.client.get("/api/orders/user/me", headers=headers).headers["x-request-id"] == "find-me"
    user = backend.client.get("/api/users/profile", headers=headers).json()["user"]["id"]
    backend.terminate()
    line = next(line for line in backend.lines() if line.get("requestId") == "find-me")
    assert {"timestamp", "level", "message", "service", "environment", "ip", "duration"} <= set(line)
    assert (line["service"], line["method"], line["statusCode"]) == ("tixmaster-backend", "GET", 200)
    assert (line["path"], line["userId"]) == ("/api/orders/user/me", user)


def test_a_taken_port_stops_the_start_and_names_itself(start_backend: Start, database_url: str) -> None:
    """Two processes must not share a port in silence."""
    first = start_backend(database_url)
    first.wait_for(200)
    second = start_backend(database_url, BOXOFFICE_PORT=str(first.port))
    _, said = second.process.communicate(timeout=300)
    assert f"cannot listen on 127.0.0.1:{first.port}" in said
    assert second.process.returncode == 2


def test_a_wrong_setting_stops_the_start_and_names_itself(start_backend: Start, database_url: str) -> None:
    """Before anything else happens."""
    backend = start_backend(database_url, BOXOFFICE_JWT_SECRET="short")
    _, said = backend.process.communicate(timeout=300)
    assert "BOXOFFICE_JWT_SECRET is shorter than 32 bytes" in said
    assert backend.process.returncode == 2
