"""Request ids, the canonical line and the HTTP metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.testing import LogCapture

from tixmaster.telemetry.asgi import App, Message, Receive, RequestTelemetry, Scope, Send, blame, identify
from tixmaster.telemetry.metrics import HttpMetrics, exposition


@pytest.fixture
def registry() -> CollectorRegistry:
    """A registry of this test alone."""
    return CollectorRegistry()


@pytest.fixture
def log() -> Iterator[LogCapture]:
    """Collects what is logged, with the context of the request."""
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture
    structlog.reset_defaults()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that knows one route and its caller."""
    scope["path_template"] = "/api/orders/{number}"
    identify("u-1")
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def call(
    app: App, registry: CollectorRegistry, *, method: str = "POST", request_id: bytes = b""
) -> list[Message]:
    """Sends one request through the middleware; what came back."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"x-request-id", request_id)] if request_id else []
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/api/orders/7", "headers": headers}
    scope["client"] = ("127.0.0.1", 1)
    await RequestTelemetry(app, HttpMetrics(registry))(scope, receive, send)
    return sent


def count(registry: CollectorRegistry, method: str, route: str, status: str) -> float | None:
    """How many requests the metrics have seen."""
    labels = {"http_request_method": method, "http_route": route, "http_response_status_code": status}
    return registry.get_sample_value("http_server_request_duration_seconds_count", labels)


async def test_a_request_id_is_honoured_and_returned(registry: CollectorRegistry, log: LogCapture) -> None:
    """A caller can find its request in our logs."""
    sent = await call(answer, registry, request_id=b"abc-1")
    assert (b"x-request-id", b"abc-1") in sent[0]["headers"]
    assert log.entries[0]["requestId"] == "abc-1"


@pytest.mark.parametrize("bad", [b"x" * 200, b'"}\n{', "é".encode()])
async def test_an_unfit_request_id_is_replaced(registry: CollectorRegistry, log: LogCapture, bad: bytes) -> None:
    """Nobody writes into our logs through a header."""
    sent = await call(answer, registry, request_id=bad)
    assert (b"x-request-id", bad) not in sent[0]["headers"]


async def test_one_line_per_request_names_the_caller(registry: CollectorRegistry, log: LogCapture) -> None:
    """The canonical line carries who, what, how it went and how long it took."""
    await call(answer, registry)
    (line,) = log.entries
    assert line["log_level"] == "info"
    assert line["userId"] == "u-1"
    assert line["ip"] == "127.0.0.1"
    assert (line["method"], line["path"], line["statusCode"]) == ("POST", "/api/orders/7", 201)
    assert line["duration"] >= 0


async def test_a_failed_request_names_its_cause(registry: CollectorRegistry, log: LogCapture) -> None:
    """On-call reads the cause of a 5xx from the request's own line."""

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        blame(ConnectionRefusedError(111, "refused"))
        await send({"type": "http.response.start", "status": 503})

    await call(fail, registry)
    assert log.entries[0]["log_level"] == "error"
    assert log.entries[0]["error"] == "ConnectionRefusedError: [Errno 111] refused"


async def test_a_caller_that_hangs_up_is_not_an_error(registry: CollectorRegistry, log: LogCapture) -> None:
    """Without an answer the line says 499, and no context of the request before leaks into it."""

    async def leave(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    await call(answer, registry)
    await call(leave, CollectorRegistry())
    assert (log.entries[1]["statusCode"], log.entries[1]["userId"]) == (499, None)


async def test_an_escaping_exception_counts_as_500(registry: CollectorRegistry, log: LogCapture) -> None:
    """What the application did not catch is logged with its traceback, counted and passed on."""

    async def crash(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        await call(crash, registry)
    assert count(registry, "POST", "_unknown", "500") == 1
    assert log.entries[0]["exc_info"]
    assert log.entries[1]["error"] == "ValueError: bug"


async def test_labels_come_from_closed_sets(registry: CollectorRegistry, log: LogCapture) -> None:
    """A made-up method cannot make a new series."""
    await call(answer, registry, method="BREW")
    assert count(registry, "_OTHER", "/api/orders/{number}", "201") == 1


async def test_series_start_at_zero(registry: CollectorRegistry) -> None:
    """The first failure after a start is visible to `increase()`."""
    HttpMetrics(registry).start_at_zero([("GET", "/api/events", 200)])
    assert [count(registry, "GET", "/api/events", status) for status in ("200", "500", "503")] == [0, 0, 0]
    assert b"process_resident_memory_bytes" in await exposition(registry)
