"""All lines of this process, and what is known without asking the database."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import OverloadError
from tixmaster.boxoffice.reservation.codes import ORDER, TICKET, code
from tixmaster.boxoffice.reservation.line import Line
from tixmaster.boxoffice.reservation.request import Answer, Outcome, Request, State, Terms

MOST_LINES: Final = 10_000
"""Ticket types with a line at the same time. Ids come from callers: without a bound they could fill the memory."""


class Reservations:
    """Takes wishes for seats and answers what became of them."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database = database
        self._terms = terms
        self._lines: OrderedDict[int, Line] = OrderedDict()
        # By buyer, version of the token and key: a token that was ended gets no answer that another one brought about.
        self._under_way: dict[tuple[UUID, int, str], Request] = {}

    @property
    def waiting(self) -> int:
        """How many requests wait in all lines of this process."""
        return sum(line.waiting for line in self._lines.values())

    async def reserve(
        self,
        *,
        buyer: UUID,
        version: int,
        probe: bool,
        event: int,
        ticket: int,
        quantity: int,
        state: State,
        method: str,
        key: str | None,
    ) -> Answer:
        """Takes the seats and writes the order, or says why not. Raises `OverloadError`, `DatabaseAwayError`.

        With a `key`, the same wish sent again is answered with the order of the first; see `Outcome.REPLAYED`. What the
        memory knows never answers a wish with a key: the first sending may have got the last seats.
        """
        line = self._line(ticket)
        if key is None and line.has_too_few(event, quantity):
            return _refused(Outcome.SOLD_OUT)
        request = Request(
            buyer, probe, event, ticket, quantity, state, method, key, code(ORDER),
            [code(TICKET) for _ in range(quantity)], time.monotonic(), asyncio.get_running_loop().create_future(),
            version,
        )  # fmt: skip
        if key is None:
            line.join(request)
            return await request.answer
        return await self._with_key((buyer, version, key), line, request)

    def seats_came_back(self, ticket: int) -> None:
        """Somebody cancelled, or a hold ended: forget that the seats ran short."""
        if ticket in self._lines:
            self._lines[ticket].forget_count()

    async def _with_key(self, key: tuple[UUID, int, str], line: Line, request: Request) -> Answer:
        first = self._under_way.get(key)
        if first is None:
            self._under_way[key] = request
            # Not when this caller is gone: when it is answered. Otherwise a second sending could pass the first.
            request.answer.add_done_callback(lambda _: self._under_way.pop(key))
            try:
                line.join(request)
            except OverloadError:
                request.answer.cancel()
                raise
            return await request.answer
        if not first.asks_the_same(request):
            return _refused(Outcome.KEY_REUSED)
        try:
            return _replayed(await asyncio.shield(first.answer))
        except asyncio.CancelledError:
            if not first.answer.cancelled():
                raise
            # The first caller hung up; whether it got seats, the database knows.
            return await self._with_key(key, line, request)

    def _line(self, ticket: int) -> Line:
        line = self._lines.get(ticket)
        if line is None:
            while len(self._lines) >= MOST_LINES:
                self._forget_an_idle_line()
            line = self._lines[ticket] = Line(self._database, self._terms)
        return line

    def _forget_an_idle_line(self) -> None:
        for ticket, line in self._lines.items():
            if line.idle:
                del self._lines[ticket]
                return
        raise OverloadError("too many kinds of tickets are being sold at once")


_NEVER = datetime.min.replace(tzinfo=UTC)


def _replayed(answer: Answer) -> Answer:
    """The answer for a second sending: the order is one, and counts once."""
    return replace(answer, outcome=Outcome.REPLAYED) if answer.outcome is Outcome.SOLD else answer


def _refused(outcome: Outcome) -> Answer:
    """A refusal that did not need the database."""
    return Answer(outcome, 0, 0, _NEVER, _NEVER, "", [])
