"""The client where servers are silent or answer something else."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tixmaster.stack.monitoring.client import Alertmanager, Prometheus, QueryError, Series, UnreachableError

NOBODY = "http://127.0.0.1:9"


@contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[str]:
    """A server that answers everything with `body`; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Tests keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_silence_names_the_address_and_the_cause() -> None:
    """Where nothing listens the error says so."""
    with Prometheus(NOBODY) as prometheus, pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9 .*refused"):
        prometheus.query("up")


def test_silence_names_the_server() -> None:
    """Readiness asks too; a dead server is not merely one that is not ready."""
    with Alertmanager(NOBODY) as alertmanager, pytest.raises(UnreachableError, match="Alertmanager"):
        alertmanager.ready()


def test_values_that_are_no_numbers_are_kept() -> None:
    """NaN and infinity are findings of their own."""
    body = (
        b'{"status":"success","data":{"resultType":"matrix","result":'
        b'[{"metric":{"service":"backend"},"values":[[1,"2.5"],[2,"NaN"],[3,"+Inf"]]}]}}'
    )
    with answering(body) as url, Prometheus(url) as prometheus:
        (series,) = prometheus.query_range("x", datetime.now(UTC), datetime.now(UTC), 1)
    assert list(series.times) == [1, 2, 3]
    assert series.values[0] == 2.5
    assert math.isnan(series.values[1])
    assert math.isinf(series.last)


def test_a_scalar_is_a_series_without_labels() -> None:
    """`query` has one shape of answer."""
    body = b'{"status":"success","data":{"resultType":"scalar","result":[7.5,"42"]}}'
    with answering(body) as url, Prometheus(url) as prometheus:
        assert prometheus.query("42") == (Series(labels={}, times=(7.5,), values=(42.0,)),)


def test_an_answer_of_another_shape_is_refused() -> None:
    """Some other program on the port is not Prometheus."""
    with (
        answering(b"<html>hello</html>") as url,
        Prometheus(url) as prometheus,
        pytest.raises(QueryError, match="another shape"),
    ):
        prometheus.targets()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"status":"error","error":"query timed out"}', "query timed out"),
        (b'{"status":500,"title":"Internal Server Error"}', "Internal Server Error"),
        (b"out of order", "out of order"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(body: bytes, said: str) -> None:
    """Prometheus has a word for it, on-call a problem document, anything else a text."""
    with answering(body, status=500) as url, Prometheus(url) as prometheus, pytest.raises(QueryError, match=said):
        prometheus.metric("up")
