"""A look at a configuration of the test's own, and small servers to look at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.looking import Look, looking

from tixmaster.stack.config import Config


@pytest.fixture
def look(config: Config) -> Look:
    """Nothing runs there."""
    return looking(config)


Answer = tuple[int, bytes]
Serve = Callable[[Callable[[str], Answer]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts HTTP servers that answer by a function of the path; gives the address of each."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[str], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Tests keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def says() -> Iterator[Callable[[bytes], int]]:
    """Starts servers that send bytes to whoever connects, whatever is asked, and then stay silent; gives their ports."""
    listeners: list[socket.socket] = []
    open_ones: list[socket.socket] = []

    def start(words: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    one, _ = listener.accept()
                    open_ones.append(one)
                    one.sendall(words)

        threading.Thread(target=accept, daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for one in (*listeners, *open_ones):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
