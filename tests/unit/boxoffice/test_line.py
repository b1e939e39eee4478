"""The line before a ticket: fair, bounded, and honest about what it remembers. The till of these tests is their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import DatabaseAwayError, OverloadError
from tixmaster.boxoffice.reservation import line as module
from tixmaster.boxoffice.reservation.line import BATCH_SEATS, LONGEST, PATIENCE_SECONDS, Line
from tixmaster.boxoffice.reservation.request import Answer, Outcome, Request, Terms

POISON = "poison"
TERMS = Terms(hold=timedelta(minutes=10))


class Till:
    """Serves as the database would: `batches` are the methods of the requests of each statement, in their order."""

    def __init__(self, seats: int = 1_000_000, event: int = 1) -> None:
        self.seats = seats
        self.event = event
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.busy = asyncio.Event()
        self.trouble: list[Exception] = []
        self.busy_for = 0

    async def row(self, _sql: str, *values: Any) -> dict[str, Any]:
        events, quantities, methods = values[8], values[9], values[11]
        self.batches.append(methods)
        outcomes = [self._outcome(*wish) for wish in zip(events, quantities, strict=True)]
        left = self.seats
        self.busy.set()
        await asyncio.wait_for(self.open.wait(), 5)
        if self.trouble:
            raise self.trouble.pop(0)
        if POISON in methods:
            raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence")
        return {
            "outcomes": outcomes,
            "ids": [7] * len(outcomes),
            "seats_left": left,
            "price_cents": 10,
            "placed_at": datetime.now(UTC),
        }

    def _outcome(self, event: int, quantity: int) -> str:
        if self.busy_for > 0:
            self.busy_for -= 1
            return "busy"
        if event != self.event:
            return "other_event"
        if quantity > self.seats:
            return "sold_out"
        self.seats -= quantity
        return "sold"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def at(till: Till, clock: Clock | None = None) -> Line:
    """A line before a till."""
    return Line(cast(Database, till), TERMS, clock or Clock())


def wish(method: str = "card", quantity: int = 1, event: int = 1, arrived: float = 100.0) -> Request:
    """A request."""
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    return Request(
        UUID(int=1), False, event, 1, quantity, "pending", method, None, f"TM-{uuid4()}", [], arrived, answer
    )


async def join(line: Line, *requests: Request) -> list[Answer | BaseException]:
    """The answers to requests that come in this order."""
    for request in requests:
        line.join(request)
    return await asyncio.gather(*(request.answer for request in requests), return_exceptions=True)


async def test_those_who_come_first_are_served_first() -> None:
    """The first is served at once; whoever comes meanwhile waits in the order of arrival and is served together."""
    till = Till()
    till.open.clear()
    line = at(till)
    requests = [wish(str(place)) for place in range(6)]
    line.join(requests[0])
    await till.busy.wait()
    for request in requests[1:]:
        line.join(request)
    till.open.set()
    await asyncio.gather(*(request.answer for request in requests))
    assert till.batches == [["0"], ["1", "2", "3", "4", "5"]]
    assert line.idle


async def test_half_of_a_long_line_is_left_for_the_next_batch() -> None:
    """So that the database has work while the first half is answered; a short line is served at once."""
    till = Till()
    await join(at(till), *(wish(str(place)) for place in range(200)))
    sizes = [len(batch) for batch in till.batches]
    assert sizes == [100, 50, 25, 24, 1]
    assert [name for batch in till.batches for name in batch] == [str(place) for place in range(200)]


async def test_a_large_order_does_not_starve_small_ones() -> None:
    """It ends its batch; those behind it wait for one statement, not for their turn for ever."""
    till = Till()
    small = [wish(f"small{place}") for place in range(3)]
    large = [wish(f"large{place}", BATCH_SEATS - 1) for place in range(3)]
    answers = await join(at(till), small[0], large[0], small[1], large[1], large[2], small[2])
    assert {answer.outcome for answer in answers if isinstance(answer, Answer)} == {Outcome.SOLD}
    assert till.batches == [["small0", "large0"], ["small1", "large1"], ["large2", "small2"]]


async def test_an_order_larger_than_a_batch_is_served_alone() -> None:
    """Nobody is left standing."""
    till = Till()
    await join(at(till), wish("a"), wish("giant", BATCH_SEATS + 1), wish("b"))
    assert till.batches == [["a"], ["giant"], ["b"]]


async def test_too_few_seats_for_one_are_enough_for_the_next() -> None:
    """A refusal takes nothing from those behind."""
    answers = await join(at(Till(seats=2)), wish(quantity=3), wish(quantity=2), wish())
    assert [answer.outcome for answer in answers if isinstance(answer, Answer)] == ["sold_out", "sold", "sold_out"]


async def test_one_poisonous_request_fails_alone() -> None:
    """It is found by halves: a hundred neighbours cost a few more statements, not a hundred."""
    till = Till()
    requests = [wish(str(place)) for place in range(100)]
    requests[42] = wish(POISON)
    answers = await join(at(till), *requests)
    failed = [place for place, answer in enumerate(answers) if not isinstance(answer, Answer)]
    assert (failed, type(answers[42])) == ([42], asyncpg.CharacterNotInRepertoireError)
    assert len(till.batches) < 20


@pytest.mark.parametrize("trouble", [asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError])
async def test_what_crosses_another_process_is_tried_again(trouble: type[Exception]) -> None:
    """Once, with the whole batch: the second time it is seen what the other one did."""
    till = Till()
    till.trouble = [trouble("crossed")]
    answers = await join(at(till), wish("a"), wish("b"))
    assert [isinstance(answer, Answer) for answer in answers] == [True, True]
    assert till.batches == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("trouble", [DatabaseAwayError(), RuntimeError("a bug")])
async def test_when_the_till_is_broken_everybody_is_told_and_the_line_goes_on(trouble: Exception) -> None:
    """An error of the database is not tried again: those who ask decide."""
    till = Till()
    till.trouble = [trouble]
    line = at(till)
    assert {type(answer) for answer in await join(line, wish(), wish())} == {type(trouble)}
    assert [isinstance(answer, Answer) for answer in await join(line, wish())] == [True]


async def test_the_line_is_only_so_long() -> None:
    """One more is turned away at once; nobody who waits already is."""
    till = Till()
    till.open.clear()
    line = at(till)
    requests = [wish() for _ in range(LONGEST + 1)]
    line.join(requests[0])
    await till.busy.wait()
    for request in requests[1:]:
        line.join(request)
    with pytest.raises(OverloadError):
        line.join(wish())
    till.open.set()
    assert {(await request.answer).outcome for request in requests} == {Outcome.SOLD}


async def test_whoever_waited_too_long_is_told_so_and_gets_nothing() -> None:
    """Their page has given up: seats for them would be lost for ten minutes."""
    till, clock = Till(), Clock()
    till.open.clear()
    line = at(till, clock)
    first, patient = wish("first"), wish("patient")
    line.join(first)
    await till.busy.wait()
    line.join(patient)
    clock.now += PATIENCE_SECONDS + 0.1
    fresh = wish("fresh", arrived=clock.now)
    line.join(fresh)
    till.open.set()
    assert (await first.answer).outcome is (await fresh.answer).outcome is Outcome.SOLD
    with pytest.raises(OverloadError):
        await patient.answer
    assert till.batches == [["first"], ["fresh"]]


async def test_whoever_hung_up_is_not_served() -> None:
    """Before their turn: no order is made for nobody."""
    till = Till()
    till.open.clear()
    line = at(till)
    requests = [wish(name) for name in ("first", "gone", "last")]
    line.join(requests[0])
    await till.busy.wait()
    for request in requests[1:]:
        line.join(request)
    requests[1].answer.cancel()
    till.open.set()
    await requests[2].answer
    assert till.batches == [["first"], ["last"]]


async def test_the_count_is_remembered_for_a_moment() -> None:
    """For its own event, for as many seats as were counted, and not for long."""
    clock = Clock()
    line = at(Till(seats=3), clock)
    assert not line.has_too_few(1, 9)
    await join(line, wish(quantity=2))
    assert [line.has_too_few(1, seats) for seats in (1, 2)] == [False, True]
    assert not line.has_too_few(2, 2)
    clock.now += module.MEMORY_SECONDS
    assert not line.has_too_few(1, 2)


async def test_who_names_a_wrong_event_does_not_spoil_the_memory() -> None:
    """First in the batch or alone: the count stays with the event that the ticket is of."""
    line = at(Till(seats=1))
    await join(line, wish(event=2), wish())
    assert (line.has_too_few(1, 1), line.has_too_few(2, 1)) == (True, False)
    await join(line, wish(event=2))
    assert (line.has_too_few(1, 1), line.has_too_few(2, 1)) == (True, False)


async def test_seats_that_come_back_during_a_count_are_not_forgotten() -> None:
    """The statement under way did not see them; its count is not remembered."""
    till = Till(seats=0)
    till.open.clear()
    line = at(till)
    request = wish()
    line.join(request)
    await till.busy.wait()
    till.seats = 1
    line.forget_count()
    till.open.set()
    assert (await request.answer).outcome is Outcome.SOLD_OUT
    assert not line.has_too_few(1, 1)
    assert [answer.outcome for answer in await join(line, wish()) if isinstance(answer, Answer)] == [Outcome.SOLD]


async def test_a_busy_buyer_is_asked_for_again_before_all_others() -> None:
    """Another line is selling to them; nobody hears of it, and they are served in their order."""
    till = Till()
    till.busy_for = 3
    line = at(till)
    answers = await join(line, wish("a"), wish("b"), wish("c"))
    assert {answer.outcome for answer in answers if isinstance(answer, Answer)} == {Outcome.SOLD}
    assert till.batches == [["a", "b", "c"]] * 2


async def test_a_buyer_who_stays_busy_loses_patience() -> None:
    """503, and the line goes on without them."""
    till, clock = Till(), Clock()
    till.busy_for = 1
    waiting = asyncio.ensure_future(join(at(till, clock), wish("a")))
    await till.busy.wait()
    clock.now += PATIENCE_SECONDS + 1
    (answer,) = await waiting
    assert isinstance(answer, OverloadError)
