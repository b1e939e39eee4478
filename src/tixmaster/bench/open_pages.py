"""Many open pages: each holds its stream of events and gets its page again when told to, as `live.js` does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import httpx

from tixmaster.bench.errors import BenchError

OPEN_SECONDS = 60.0
STREAM = httpx.Timeout(30, read=None)
"""A stream may be silent for as long as nothing happens."""


class Crowd:
    """The pages that are open. `fetched` counts how often one of them was asked for again."""

    def __init__(self, address: str, cookies: httpx.Cookies, pages: Sequence[tuple[str, str]]) -> None:
        self.fetched = 0
        self._address, self._cookies, self._pages = address, cookies, pages
        self._open, self._ready = 0, Event()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="open-pages", daemon=True)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keeps all of them open for the length of the block."""
        self._thread.start()
        try:
            if not self._ready.wait(OPEN_SECONDS):
                raise BenchError(f"only {self._open} of {len(self._pages)} streams were open in {OPEN_SECONDS:g} s.")
            yield
        finally:
            self._loop.call_soon_threadsafe(self._end)
            self._thread.join()

    def _run(self) -> None:
        self._task = self._loop.create_task(self._hold())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    def _end(self) -> None:
        if self._task:
            self._task.cancel()

    async def _hold(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with (
            httpx.AsyncClient(base_url=self._address, cookies=self._cookies, limits=limits, timeout=STREAM) as client,
            asyncio.TaskGroup() as group,
        ):
            for path, stream in self._pages:
                group.create_task(self._page(client, path, stream))

    async def _page(self, client: httpx.AsyncClient, path: str, stream: str) -> None:
        """The first event only says that the stream is there. While a page is fetched, further events wait for it."""
        changed = asyncio.Event()
        fetching = asyncio.create_task(self._fetch(client, path, changed))
        try:
            async with client.stream("GET", stream) as events:
                begun = False
                async for line in events.aiter_lines():
                    if line.startswith("event: change"):
                        if begun:
                            changed.set()
                        else:
                            begun = True
                            self._opened_one()
        finally:
            fetching.cancel()

    def _opened_one(self) -> None:
        self._open += 1
        if self._open == len(self._pages):
            self._ready.set()

    async def _fetch(self, client: httpx.AsyncClient, path: str, changed: asyncio.Event) -> None:
        while await changed.wait():
            changed.clear()
            await client.get(path)
            self.fetched += 1
