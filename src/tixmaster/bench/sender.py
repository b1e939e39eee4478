"""Sends webhooks over a few connections that stay open, as Alertmanager does, and times each answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tixmaster.bench.errors import BenchError
from tixmaster.bench.latency import Histogram, percentile_ms

ANSWER_SECONDS = 30.0


@dataclass(kw_only=True)
class Sent:
    """What was sent, and how it was answered. Latencies run from the moment at which a webhook was due."""

    alerts: int = 0
    seconds: float = 0.0
    latencies: Histogram = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    """Answers other than 200, by status."""

    @property
    def per_s(self) -> float:
        """Acknowledged alerts a second."""
        return self.alerts / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        return percentile_ms(self.latencies, percent)


class Sender:
    """A client of one on-call process."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = (
            f"POST /webhook/alertmanager HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    def send(self, webhooks: Iterator[tuple[int, bytes]], *, connections: int, per_s: float | None = None) -> Sent:
        """Sends all of them: `per_s` webhooks a second, or each as soon as its connection is free."""
        return asyncio.run(self._send(webhooks, connections, per_s))

    async def _send(self, webhooks: Iterator[tuple[int, bytes]], connections: int, per_s: float | None) -> Sent:
        sent, began = Sent(), time.perf_counter()
        due = ((began + place / per_s if per_s else None, webhook) for place, webhook in enumerate(webhooks))
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._work(due, sent))
        sent.seconds = time.perf_counter() - began
        return sent

    async def _work(self, due: Iterator[tuple[float | None, tuple[int, bytes]]], sent: Sent) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for moment, (alerts, body) in due:
                if moment is not None:
                    await asyncio.sleep(moment - time.perf_counter())
                started = moment or time.perf_counter()
                writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
                async with asyncio.timeout(ANSWER_SECONDS):
                    status = await _answer(reader)
                if status != 200:
                    sent.refused[status] += 1
                    continue
                sent.latencies[int((time.perf_counter() - started) * 1e6)] += 1
                sent.alerts += alerts
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """The status of the next answer, read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((line[15:] for line in head.split(b"\r\n") if line.startswith(b"content-length:")), None)
    if length is None:
        raise BenchError("on-call answered without Content-Length; the sender reads no other answers.")
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
