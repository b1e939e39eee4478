"""Live pages: one look at the state for everybody, and a stream of events for each open page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import NamedTuple

import structlog
from litestar import get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, ServerSentEventMessage
from sqlalchemy.exc import SQLAlchemyError

from tixmaster.console.lookout import Lookout
from tixmaster.oncall.store import Database, timeline

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25
BEAT_SECONDS = 10.0
"""A comment goes out this often, so that a broken connection is noticed at both ends."""
RETRY_MILLISECONDS = 1000


class Marks(NamedTuple):
    """How far things are: the newest row of any timeline, and the lookout's count of changes."""

    timeline: int
    system: int


class Pulse:
    """While anybody watches, looks every `LOOK_SECONDS` whether any timeline has grown or the lookout has seen a change, and
    wakes the streams.

    Used as a context manager.
    """

    def __init__(self, database: Database, lookout: Lookout) -> None:
        self._database = database
        self._lookout = lookout
        self._changed = asyncio.Condition()
        self._last = Marks(0, 0)
        self._streams = 0
        self._watched = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Pulse:
        self._task = asyncio.create_task(self._watch(), name="pulse")
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def closed(self) -> bool:
        """Whether the process is ending, and every stream with it."""
        return self._closed

    async def close(self) -> None:
        """Ends the looking and every open stream; a second time changes nothing."""
        if self._task:
            self._task.cancel()
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def events(self) -> AsyncIterator[ServerSentEventMessage]:
        """One event now, so that a page that was away catches up; then one for every change; comments in between."""
        with self._stream():
            await self._look()
            seen = self._last
            yield ServerSentEventMessage(event="change", data=str(seen.timeline), retry=RETRY_MILLISECONDS)
            while not self._closed:
                self._lookout.looked_at()
                newest = await self._after(seen)
                if newest == seen:
                    yield ServerSentEventMessage(comment="still here")
                if newest.timeline != seen.timeline:
                    yield ServerSentEventMessage(event="change", data=str(newest.timeline))
                if newest.system != seen.system:
                    yield ServerSentEventMessage(event="system", data=str(newest.system))
                seen = newest

    @contextmanager
    def _stream(self) -> Iterator[None]:
        """Counts the open streams: without any, there is nobody to look for."""
        self._streams += 1
        self._watched.set()
        try:
            yield
        finally:
            self._streams -= 1
            if not self._streams:
                self._watched.clear()

    async def _after(self, seen: Marks) -> Marks:
        """The newest marks, as soon as they are others than `seen`, or after `BEAT_SECONDS`, or at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._closed or self._last != seen)
        return self._last

    async def _watch(self) -> None:
        while True:
            await self._watched.wait()
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        try:
            newest = await asyncio.to_thread(self._newest)
        except SQLAlchemyError:
            log.exception("pulse-failed")
            return
        if newest > self._last:
            async with self._changed:
                self._last = newest
                self._changed.notify_all()

    def _newest(self) -> Marks:
        with self._database.read() as connection:
            return Marks(timeline.last_id(connection), self._lookout.mark)


@get("/live")
async def stream(pulse: NamedDependency[Pulse]) -> ServerSentEvent:
    """Server-sent events: `change` whenever an incident has changed, `system` when services, alerts or plans have."""
    return ServerSentEvent(pulse.events())
