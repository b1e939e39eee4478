"""Group commit, and turns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.together import Together
from tixmaster.oncall.store.turns import Turns

from .conftest import START

BAD = "bad"


def put(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    for name in names:
        if name == BAD:
            raise ValueError("not mine")
        facts.put(connection, name, 1, START)
    return [f"{name} is put" for name in names]


def test_many_at_once_share_a_commit(desk: Desk) -> None:
    """The first goes alone, all that came meanwhile go together."""
    transactions = 0

    @contextmanager
    def counted() -> Iterator[sa.Connection]:
        nonlocal transactions
        transactions += 1
        with desk.database.write() as connection:
            yield connection

    async def storm() -> list[str]:
        together = Together(counted)
        return await asyncio.gather(*(together.carry_out(put, f"fact-{number}") for number in range(50)))

    assert asyncio.run(storm()) == [f"fact-{number} is put" for number in range(50)]
    assert transactions < 5


def test_the_one_that_fails_fails_alone(desk: Desk) -> None:
    """Its neighbours are committed all the same."""

    async def mixed() -> list[str | BaseException]:
        names = ("a", BAD, "b")
        return await asyncio.gather(*(desk.together.carry_out(put, name) for name in names), return_exceptions=True)

    first, error, last = asyncio.run(mixed())
    assert (first, last) == ("a is put", "b is put")
    assert isinstance(error, ValueError)
    with desk.database.read() as connection:
        assert {row.name for row in connection.execute(sa.text("SELECT name FROM fact"))} == {"a", "b"}


def test_turns_are_given_in_the_order_of_asking() -> None:
    """Whoever has waited longest is next, also before one that comes back at once."""
    turns, order, arrived = Turns(), list[int](), threading.Semaphore(0)
    assert turns.take(1)

    def wait(number: int) -> None:
        arrived.release()
        assert turns.take(10)
        order.append(number)
        turns.done()

    workers = []
    for number in range(5):
        workers.append(threading.Thread(target=wait, args=(number,)))
        workers[-1].start()
        arrived.acquire()
        while turns.waiting <= number:
            pass
    turns.done()
    for worker in workers:
        worker.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_a_turn_that_does_not_come_is_given_up() -> None:
    """And whoever gave up is not in the way of those behind."""
    turns = Turns()
    assert turns.take(1)
    assert not turns.take(0.01)
    turns.done()
    assert turns.take(1)


def test_no_write_is_lost_among_many_threads(desk: Desk) -> None:
    """Reading and writing back in one transaction, from several threads."""
    rounds = 20

    def count() -> None:
        for _ in range(rounds):
            with desk.database.write() as connection:
                now = connection.execute(sa.text("SELECT count(*) FROM fact")).scalar_one()
                facts.put(connection, f"fact-{now}", 1, START)

    workers = [threading.Thread(target=count) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with desk.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM fact")).scalar_one() == 4 * rounds
