"""The line before one ticket type: requests wait in the order of their arrival, one writer serves them in batches.

While a batch is being committed the next one gathers, so batches grow with the load and there is no delay without it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import asyncpg
import structlog

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import BoxOfficeError, OverloadError
from tixmaster.boxoffice.reservation.request import Outcome, Request, Terms
from tixmaster.boxoffice.reservation.sell import Sale, sell

LONGEST: Final = 4096
"""Requests that may wait; one more is told to come again."""
PATIENCE_SECONDS: Final = 3.0
"""A request that has waited longer is not served any more: whoever sent it has given up or soon will."""
BATCH_REQUESTS: Final = 256
UNDIVIDED: Final = 24
"""Of more than these one batch takes only half: while they are answered, the database has the other half to work on.
Together they would be served in step, PostgreSQL idle while we answer and we while it commits."""
BATCH_SEATS: Final = 2000
"""The most of one statement. A large order closes its batch: those behind it wait for one statement, not for many."""
BUSY_SECONDS: Final = 0.002
"""How long the line pauses where a buyer was busy: about as long as a sale takes."""
MEMORY_SECONDS: Final = 0.25
"""For how long the last count of seats is good enough to say that there are too few."""

_SPOILT: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, OverflowError)
"""What one request can do to the statement of all."""
_CROSSED: Final = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""Another process did something with one of our buyers' keys in the same moment. A second time we see what it did."""

_log = structlog.stdlib.get_logger()


class Line:
    """The line of one ticket type in this process. Other processes have theirs; the database decides among them."""

    def __init__(self, database: Database, terms: Terms, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._terms = terms
        self._now = now
        self._waiting: deque[Request] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._event: int | None = None
        self._seats_left: int | None = None
        self._counted_at = 0.0
        self._returns = 0

    @property
    def idle(self) -> bool:
        """Whether nobody waits and nobody is being served."""
        return self._writer is None

    @property
    def waiting(self) -> int:
        """How many requests are not being served yet."""
        return len(self._waiting)

    def join(self, request: Request) -> None:
        """Puts a request at the end; raises `OverloadError` when the line is as long as it may be."""
        if len(self._waiting) >= LONGEST:
            raise OverloadError(f"{LONGEST} requests are waiting for this ticket already")
        self._waiting.append(request)
        if self._writer is None:
            self._writer = asyncio.create_task(self._serve())

    def has_too_few(self, event: int, quantity: int) -> bool:
        """Whether the seats were counted a moment ago and are fewer. A count that is older says nothing."""
        return (
            self._seats_left is not None
            and quantity > self._seats_left
            and event == self._event
            and self._now() - self._counted_at < MEMORY_SECONDS
        )

    def forget_count(self) -> None:
        """Seats have come back: only the database knows how many, and a count that is under way may not."""
        self._seats_left = None
        self._returns += 1

    async def _serve(self) -> None:
        try:
            while batch := self._next_batch():
                await self._serve_batch(batch)
        finally:
            self._writer = None
            self._turn_away("the process is ending")

    def _next_batch(self) -> list[Request]:
        batch: list[Request] = []
        seats = 0
        most = min(max(UNDIVIDED, len(self._waiting) // 2), BATCH_REQUESTS)
        while self._waiting and len(batch) < most:
            request = self._waiting[0]
            if batch and seats + request.quantity > BATCH_SEATS:
                break
            self._waiting.popleft()
            if request.answer.done():  # who asked has hung up
                continue
            if self._now() - request.arrived > PATIENCE_SECONDS:
                request.answer.set_exception(OverloadError("this request waited too long to be served"))
                continue
            seats += request.quantity
            batch.append(request)
        return batch

    async def _serve_batch(self, batch: list[Request], *, again: bool = True) -> None:
        returns = self._returns
        try:
            sale = await sell(self._database, self._terms, batch)
        except (*_SPOILT, *_CROSSED) as error:
            if again and isinstance(error, _CROSSED):
                await self._serve_batch(batch, again=False)
            else:
                await self._halve(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must be told, and the line goes on
            _fail(batch, error)
        else:
            if returns == self._returns:
                self._remember(batch, sale)
            await self._ask_again(_tell(batch, sale))

    async def _ask_again(self, busy: list[Request]) -> None:
        """Buyers to whom another line was selling: first in the next batch, until they are served or run out of patience."""
        if busy:
            self._waiting.extendleft(reversed(busy))
            await asyncio.sleep(BUSY_SECONDS)

    async def _halve(self, batch: list[Request], error: Exception) -> None:
        """One request made the statement fail, so nothing was sold: find it, and serve the others all the same."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        _log.warning("a request spoilt its batch", requests=len(batch), error=f"{type(error).__name__}: {error}")
        middle = len(batch) // 2
        await self._serve_batch(batch[:middle])
        await self._serve_batch(batch[middle:])

    def _remember(self, batch: list[Request], sale: Sale) -> None:
        """The count, with the event of a request that named the right one: one that did not must not be told of seats."""
        for request, answer in zip(batch, sale.answers, strict=True):
            if answer.outcome in (Outcome.SOLD, Outcome.SOLD_OUT):
                self._event = request.event
                self._seats_left = sale.seats_left
                self._counted_at = self._now()
                return

    def _turn_away(self, why: str) -> None:
        _fail(list(self._waiting), OverloadError(why))
        self._waiting.clear()


def _tell(batch: list[Request], sale: Sale) -> list[Request]:
    """Answer the requests; those that are to be asked for again."""
    busy = []
    for request, answer in zip(batch, sale.answers, strict=True):
        if answer.outcome is Outcome.BUSY:
            busy.append(request)
        elif not request.answer.done():
            request.answer.set_result(answer)
    return busy


def _fail(batch: list[Request], error: Exception) -> None:
    for request in batch:
        if not request.answer.done():
            request.answer.set_exception(_copy(error))


def _copy(error: Exception) -> Exception:
    """An error of its own for each waiter, because a traceback grows with every place that raises it."""
    if isinstance(error, BoxOfficeError):
        copy = type(error).__new__(type(error))
        copy.args, copy.__cause__ = error.args, error.__cause__
        return copy
    return error
