"""One connection: uvicorn's, with limits for what comes in, and each answer in one piece."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS: Final = 10.0
"""For the whole of a request to come in. Who is slower, or opens a connection and says nothing, is cut off."""
HEAD_BYTES: Final = 64 * 1024
"""Of the request line and headers; what is larger is refused with 431."""
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"  # RFC 6585, 5
)


class Connection(HttpToolsProtocol):
    """The protocol for uvicorn."""

    _coming_in = False
    _head_bytes: int | None = 0
    """Of the head that is coming in; None while no head is."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the clock for the first request."""
        super().connection_made(cast(asyncio.Transport, OnePiece(transport, self.loop)))
        self._start_the_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        super().connection_lost(exc)
        self._stop_the_clock()

    def data_received(self, data: bytes) -> None:
        """Takes the next part of a request."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > HEAD_BYTES:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._coming_in and self._deadline is None:
            self._start_the_clock()

    def on_message_begin(self) -> None:
        """The parser has found the beginning of a request."""
        super().on_message_begin()
        self._coming_in = True
        if self._head_bytes is None:
            self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """The parser has found the end of its head."""
        super().on_headers_complete()
        self._head_bytes = None

    def on_message_complete(self) -> None:
        """The parser has found its end."""
        super().on_message_complete()
        self._coming_in = False
        self._stop_the_clock()

    def _start_the_clock(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._cut_off)

    def _stop_the_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut_off(self) -> None:
        self.transport.close()


class OnePiece:
    """A transport that keeps the head of an answer back for its body: one packet and one system call instead of two.

    The head does not wait for a body that comes later than the present turn of the event loop.
    """

    __slots__ = ("_head", "_loop", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends it, after what was kept back; keeps it back if it is a head."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._let_go)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Closes the connection when everything is sent."""
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""
