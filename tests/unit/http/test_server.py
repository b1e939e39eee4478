"""The door: what comes in slowly or endlessly is cut off, answers go out whole, and the end is orderly. Real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tixmaster.http import connection, server
from tixmaster.telemetry.asgi import App, Receive, Scope, Send

ASK = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what was sent."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % (5 + len(body)))]}
    )
    await send({"type": "http.response.body", "body": b"hello" + body})


async def lifespan(receive: Receive, send: Send) -> None:
    """Starts and stops when asked."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def listening(app: App = hello, stop: asyncio.Event | None = None) -> AsyncIterator[Connect]:
    """A server on a free port, until the end of the block."""
    stop = stop or asyncio.Event()
    listener = server.bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serving = asyncio.create_task(server.serve(app, listener, stop=stop, grace_seconds=0.5))
    opened: list[asyncio.StreamWriter] = []

    async def connect() -> Streams:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:  # bound, and listening in a moment
                await asyncio.sleep(0)
            else:
                opened.append(writer)
                return reader, writer

    try:
        yield connect
    finally:
        stop.set()
        await asyncio.wait_for(serving, 5)
        for writer in opened:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer."""
    return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def test_a_connection_serves_many_requests_each_with_its_own_answer() -> None:
    """Also when they are sent without waiting for answers, and in pieces."""
    async with listening() as connect:
        reader, writer = await connect()
        writer.write(ASK + b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 3\r\n\r\nabc" + ASK[:9])
        assert (await answer(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await reader.readexactly(5) == b"hello"
        await answer(reader)
        assert await reader.readexactly(8) == b"helloabc"
        writer.write(ASK[9:])
        await answer(reader)
        assert await reader.readexactly(5) == b"hello"


@pytest.mark.parametrize("sent", [b"", ASK[:-2], b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 5\r\n\r\nab"])
async def test_who_is_too_slow_is_cut_off(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Who says nothing, stops in the head or in the body; a head that was answered before does not help."""
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.1)
    async with listening() as connect:
        for before in (b"", ASK) if sent else (b"",):
            reader, writer = await connect()
            writer.write(before + sent)
            said = await asyncio.wait_for(reader.read(), 5)
            assert said.count(b"HTTP/1.1 200") == (1 if before else 0)


async def test_an_idle_connection_is_kept_between_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is that of a request that is coming in, not of the pause before the next."""
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.05)
    async with listening() as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(ASK)
            await answer(reader)
            await reader.readexactly(5)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.2)


async def test_endless_headers_are_refused() -> None:
    """With 431, before they fill the memory; a large body is no head."""
    async with listening() as connect:
        reader, writer = await connect()
        size = 3 * connection.HEAD_BYTES
        writer.write(b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: %d\r\n\r\n" % size)
        for _ in range(3):
            writer.write(b"x" * connection.HEAD_BYTES)
        assert b"content-length: %d" % (size + 5) in await answer(reader)
        reader, writer = await connect()
        writer.write(ASK[:-2] + b"".join(b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(66)))
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 431 ")


async def test_nonsense_is_a_400() -> None:
    """In HTTP's words, and the connection ends."""
    async with listening() as connect:
        reader, writer = await connect()
        writer.write(b"what?\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")


async def test_a_head_does_not_wait_for_a_later_body() -> None:
    """An event stream begins at once, and each part comes when it is there."""
    go_on = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    async with listening(stream) as connect:
        reader, writer = await connect()
        writer.write(ASK)
        await answer(reader)
        go_on.set()
        assert await asyncio.wait_for(reader.readexactly(6), 5) == b"onetwo"


async def test_the_end_waits_for_what_is_under_way_and_not_for_ever() -> None:
    """An answer that comes within the grace is sent; one that hangs is not waited for."""
    stop = asyncio.Event()
    gate = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] == "/gate":
            stop.set()
            await gate.wait()
        elif scope["type"] != "lifespan":
            await asyncio.Event().wait()
        await hello(scope, receive, send)

    async with listening(slow, stop) as connect:
        _, hangs = await connect()
        hangs.write(ASK)
        reader, writer = await connect()
        writer.write(ASK.replace(b"GET /", b"GET /gate"))
        await asyncio.wait_for(stop.wait(), 5)
        gate.set()
        assert b"200 OK" in await answer(reader)


def test_a_taken_port_is_an_error_at_once() -> None:
    """Before anything else is started."""
    with server.bind("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            server.bind("127.0.0.1", first.getsockname()[1])
