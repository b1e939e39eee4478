"""Live pages: one look at the state for everybody, and a stream of events for each open page.

What this process commits is seen at once. Where other processes write as well (replicas on PostgreSQL), the state is looked
at four times a second while anybody watches. A page of one incident is told of that incident only. The first change is told
at once; while one follows the other, pages are told the more seldom the more of them there are: an investigation must not
wait for those who watch it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Annotated, Any, NamedTuple

import structlog
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from sqlalchemy.exc import SQLAlchemyError

from tixmaster.console.lookout import Lookout
from tixmaster.console.sessions import Sessions, while_signed_in
from tixmaster.oncall.store import Database, timeline
from tixmaster.oncall.store.incidents import number_of

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25
"""How long after a commit of another process it is noticed at the latest."""
LEAST_SECONDS = 0.05
"""Between two looks, however many commits there are."""
PAGES_A_SECOND = 10
"""So many pages are told of changes in a second, all together: each fetches itself again."""
LONGEST_REST_SECONDS = 5.0
BEAT_SECONDS = 10.0
"""A comment goes out this often, so that a broken connection is noticed at both ends."""
RETRY_MILLISECONDS = 1000


class Marks(NamedTuple):
    """How far things are: the newest row of the timelines that a page shows, and the lookout's count of changes."""

    timeline: int
    system: int


class Pulse:
    """While anybody watches, learns of every row of a timeline and of what the lookout sees, and wakes the streams.

    Used as a context manager.
    """

    def __init__(self, database: Database, lookout: Lookout) -> None:
        self._database = database
        self._lookout = lookout
        self._changed = asyncio.Condition()
        self._soon = asyncio.Event()
        self._newest: int | None = None
        """The newest row's id; None before the first look."""
        self._of: dict[int, int] = {}
        """The newest row's id of each incident that has changed since the first look."""
        self._system = 0
        self._looking = asyncio.Lock()
        self._streams: Counter[int | None] = Counter()
        """Those that are open, by the incident that they are about."""
        self._rest = 0.0
        """How long whoever was told of the last change is told nothing more."""
        self._watched = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Pulse:
        self._loop = asyncio.get_running_loop()
        self._database.committed = self._lookout.changed = self._look_soon
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

    async def events(self, incident: int | None = None) -> AsyncGenerator[ServerSentEventMessage]:
        """One event now, so that a page that was away catches up; then one for every change, of the incident where one is
        given; comments in between."""
        with self._stream(incident):
            await self._look()
            seen = self._marks(incident)
            yield ServerSentEventMessage(event="change", data=str(seen.timeline), retry=RETRY_MILLISECONDS)
            while not self._closed:
                self._lookout.looked_at()
                newest = await self._after(seen, incident)
                if newest == seen:
                    yield ServerSentEventMessage(comment="still here")
                if newest.timeline != seen.timeline:
                    yield ServerSentEventMessage(event="change", data=str(newest.timeline))
                if newest.system != seen.system:
                    yield ServerSentEventMessage(event="system", data=str(newest.system))
                if newest != seen:
                    await self._closing(self._rest)
                seen = newest

    def _look_soon(self) -> None:
        """Called in any thread by whoever has changed something, also while the loop is ending."""
        if self._watched.is_set():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._soon.set)

    @contextmanager
    def _stream(self, incident: int | None) -> Iterator[None]:
        """Counts the open streams: without any, there is nobody to look for."""
        self._streams[incident] += 1
        self._watched.set()
        try:
            yield
        finally:
            self._streams[incident] -= 1
            self._streams += Counter()  # forgets those that nobody is about any more
            if not self._streams:
                self._watched.clear()

    def _marks(self, incident: int | None) -> Marks:
        newest = (self._newest or 0) if incident is None else self._of.get(incident, 0)
        return Marks(newest, self._system)

    async def _after(self, seen: Marks, incident: int | None) -> Marks:
        """The newest marks, as soon as they are others than `seen`, or after `BEAT_SECONDS`, or at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._closed or self._marks(incident) != seen)
        return self._marks(incident)

    async def _closing(self, seconds: float) -> None:
        """Until the process ends, but not longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self._closed)

    async def _watch(self) -> None:
        while True:
            await self._watched.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._soon.wait(), LOOK_SECONDS if self._database.shared else BEAT_SECONDS)
            self._soon.clear()
            await self._look()
            await asyncio.sleep(LEAST_SECONDS)

    async def _look(self) -> None:
        async with self._looking:
            system = self._lookout.mark
            try:
                grown = await asyncio.to_thread(self._grown)
            except SQLAlchemyError:
                log.exception("pulse-failed")
                return
            if grown or system != self._system:
                told = self._streams if system != self._system else [None, *grown]
                others = max(sum(self._streams[one] for one in told) - 1, 0)
                self._rest = min(others / PAGES_A_SECOND, LONGEST_REST_SECONDS)
                async with self._changed:
                    self._of |= grown
                    self._newest, self._system = max([self._newest or 0, *grown.values()]), system
                    self._changed.notify_all()

    def _grown(self) -> dict[int, int]:
        with self._database.read() as connection:
            if self._newest is None:
                self._newest = timeline.last_id(connection)
            return timeline.grown_since(connection, self._newest)


@get("/live")
async def stream(
    request: Request[Any, Any, Any],
    pulse: NamedDependency[Pulse],
    sessions: NamedDependency[Sessions],
    incident: Annotated[str | None, QueryParameter(max_length=20)] = None,
) -> ServerSentEvent:
    """Server-sent events: `change` whenever an incident has changed, or the one that is named; `system` when services,
    alerts or plans have."""
    events = pulse.events(number_of(incident) if incident else None)
    return ServerSentEvent(while_signed_in(sessions, request, events))
