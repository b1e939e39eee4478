"""The checks http, tcp and dns against servers that answer well, badly or not at all."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from tests.looking import Look, looking

from tixmaster.oncall.checks.http import HttpParams
from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Service

from .conftest import Serve


def test_an_answer_is_measured(look: Look, serve: Serve) -> None:
    """Status, time and length are there for conditions."""
    found = look("http", url=serve(lambda _: (200, b"well")))
    assert found.status == "ok"
    assert (found.value["status_code"], found.value["bytes"], found.value["answered"]) == (200, 4, True)
    assert found.value["milliseconds"] >= 0


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({}, "failed", "503 in .* that is no success"),
        ({"status": 503}, "ok", "503 in"),
        ({"status": 204}, "failed", "204 was expected"),
        ({"status": 503, "contains": "busy"}, "ok", "503"),
        ({"status": 503, "contains": "idle"}, "failed", "its 9 bytes do not hold 'idle'"),
        ({"status": 503, "method": "HEAD"}, "ok", "^HEAD http"),
    ],
)
def test_what_is_expected_decides(look: Look, serve: Serve, params: dict[str, Any], status: str, said: str) -> None:
    """A code, a word in the body, another method."""
    found = look("http", url=serve(lambda _: (503, b"too busy\xff")), **params)
    assert found.status == status
    assert re.search(said, found.reason)


def test_a_service_is_asked_where_it_tells_of_its_health(config: Config, serve: Serve) -> None:
    """Unless a path is given."""
    port = int(serve(lambda path: (200 if path == "/ping" else 404, b"")).rpartition(":")[2])
    look = looking(msgspec.structs.replace(config, others={"shop": Service(port=port, health="/ping")}))
    assert look("http", service="shop").status == "ok"
    assert look("http", service="shop", path="/else").status == "failed"


def test_a_service_that_hangs_is_not_waited_for(look: Look, says: Callable[[bytes], int]) -> None:
    """It accepts and stays silent."""
    found = look("http", url=f"http://127.0.0.1:{says(b'')}/", timeout=0.2)
    assert (found.status, found.value["answered"], found.value["timed_out"]) == ("failed", False, True)
    assert "no answer within 0.2 s" in found.reason


def test_a_service_is_well_as_tix_status_asks(config: Config, serve: Serve, says: Callable[[bytes], int]) -> None:
    """Well, unwell, silent, gone; one without an address of health by its port."""
    port = int(serve(lambda path: (200 if path == "/ping" else 503, b"")).rpartition(":")[2])
    others = {
        "shop": Service(port=port, health="/ping"),
        "ill": Service(port=port, health="/else"),
        "silent": Service(port=says(b""), health="/ping"),
        "socket": Service(port=port),
    }
    look = looking(msgspec.structs.replace(config, others=others))
    found = {name: look("health", service=name, timeout=0.2) for name in others}
    assert {name: one.status for name, one in found.items()} == {
        "shop": "ok",
        "ill": "failed",
        "silent": "failed",
        "socket": "ok",
    }
    assert [name for name, one in found.items() if one.value["timed_out"]] == ["silent"]
    assert look("health", service="mail").status == "failed"
    assert look("health", service="nobody").status == "error"


def test_what_is_not_http_is_said_so(look: Look, says: Callable[[bytes], int]) -> None:
    """Binary noise is an answer that is none."""
    found = look("http", url=f"http://127.0.0.1:{says(bytes(range(256)))}/")
    assert (found.status, found.value["answered"]) == ("failed", False)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"service": "backend", "url": "http://a"},
        {"url": "ftp://a"},
        {"url": "http://a", "method": "HEAD", "contains": "x"},
    ],
)
def test_contradictions_are_refused_when_the_document_is_loaded(params: dict[str, str]) -> None:
    """Before anybody is woken."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(params, HttpParams)


def test_a_password_in_an_address_is_not_repeated(look: Look) -> None:
    """Reasons go into mails."""
    assert "hunter2" not in look("http", url="http://mei:hunter2@127.0.0.1:1/").reason


def test_our_own_metrics_are_asked_for_with_the_token(config: Config) -> None:
    """Which other addresses, and services of others, never get to see."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        place = Service(port=server.server_port)
        ours = msgspec.structs.replace(
            config, services=msgspec.structs.replace(config.services, backend=place), others={"shop": place}
        )
        for name, path in (("backend", "/metrics"), ("backend", "/health"), ("shop", "/metrics")):
            assert looking(ours)("http", service=name, path=path).status == "ok"
        looking(ours)("http", url=f"http://127.0.0.1:{server.server_port}/metrics")
        server.shutdown()
    assert seen == [f"Bearer {secrets.read(config, 'metrics-token')}", None, None, None]


def test_a_closed_port_and_none_at_all(look: Look, config: Config) -> None:
    """The first is a finding, the second cannot be looked at."""
    found = look("tcp", service="backend", tries=1)
    assert (found.status, found.value["open"]) == ("failed", False)
    assert "connection refused" in found.reason
    portless = looking(msgspec.structs.replace(config, others={"worker": Service()}))
    assert portless("tcp", service="worker").status == "error"


def test_a_name_resolves_or_not(look: Look) -> None:
    """And to what is expected."""
    assert "127.0.0.1" in look("dns", name="127.0.0.1").value["addresses"]
    assert look("dns", name="127.0.0.1", address="10.0.0.1").status == "failed"
    gone = look("dns", name="nowhere.invalid", timeout=5)
    assert (gone.status, gone.value["resolved"]) == ("failed", False)
    assert look("dns", name="x" * 300).status == "failed"
