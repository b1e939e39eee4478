"""The line with a real database behind it: who spoils a batch, who is turned away, what is answered from memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.orders import settle
from tixmaster.boxoffice.reservation import line
from tixmaster.boxoffice.reservation.engine import Reservations
from tixmaster.boxoffice.reservation.request import Answer, Outcome

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, World


class Counted(Database):
    """A database that counts the sales, and holds them up while it is closed."""

    def __init__(self, database: Database) -> None:
        vars(self).update(vars(database))
        self.statements = 0
        self.busy = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def row(self, sql: str, *values: object) -> Any:
        self.statements += 1
        self.busy.set()
        await asyncio.wait_for(self.open.wait(), 5)
        return await super().row(sql, *values)


def counted(world: World) -> tuple[World, Counted]:
    """The same box office, whose line sells through a counted database."""
    database = Counted(world.office.database)
    reservations = Reservations(database, world.office.settings.terms)
    return type(world)(replace(world.office, reservations=reservations), world.url), database


async def reserve(world: World, buyer: Caller, ticket: dict[str, Any], method: str) -> Answer:
    """A wish, past the checks of HTTP."""
    caller = world.office.tokens.read(buyer.headers["authorization"].removeprefix("Bearer "))
    return await world.office.reservations.reserve(
        buyer=UUID(str(caller.user_id)), version=0, probe=False, event=ticket["event_id"], ticket=ticket["id"], quantity=1,
        state="pending", method=method, key=None,
    )  # fmt: skip


async def test_a_text_that_postgresql_refuses_fails_alone(world: World) -> None:
    """A NUL in the payment method; its ten neighbours in the same batch are sold."""
    world, database = counted(world)
    buyer, ticket = await world.buyer(), await world.ticket(seats=11)
    methods = ["card"] * 6 + ["nul\x00"] + ["card"] * 4
    wishes = (reserve(world, buyer, ticket, method) for method in methods)
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    assert isinstance(answers[6], asyncpg.DataError)
    assert [answer.outcome for answer in answers if isinstance(answer, Answer)] == [Outcome.SOLD] * 10
    assert (await world.left(ticket), database.statements) == (1, 9)


async def test_a_batch_is_one_statement(world: World) -> None:
    """Those who come while one is being served share the next, as long as they are not so many that they are divided."""
    world, database = counted(world)
    buyer, ticket = await world.buyer(), await world.ticket(seats=100)
    database.open.clear()
    wishes = [asyncio.create_task(buyer.order(ticket))]
    await database.busy.wait()
    wishes += [asyncio.create_task(buyer.order(ticket)) for _ in range(line.UNDIVIDED)]
    await asyncio.sleep(0)
    database.open.set()
    assert {answer.status_code for answer in await asyncio.gather(*wishes)} == {201}
    assert (database.statements, await world.left(ticket)) == (2, 99 - line.UNDIVIDED)


async def test_a_line_that_is_too_long_says_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, for orders and holds; it counts as failed, and nobody's seats are taken."""
    monkeypatch.setattr(line, "LONGEST", 2)
    world, database = counted(world)
    buyer, ticket = await world.buyer(), await world.ticket()
    database.open.clear()
    waiting = [asyncio.create_task(buyer.order(ticket))]
    await database.busy.wait()
    waiting += [asyncio.create_task(buyer.order(ticket)) for _ in range(2)]
    await asyncio.sleep(0)
    for answer in (await buyer.order(ticket), await buyer.hold(ticket), await buyer.order(ticket, key="k")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "Too many people" in answer.json()["error"]
    assert world.counted("ticketing_orders_total", outcome="failed") == 3
    database.open.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {201}
    assert (await buyer.order(ticket, key="k")).status_code == 201
    assert await world.left(ticket) == 6


async def test_impatience_is_503(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waited too long is told so."""
    world, database = counted(world)
    buyer, ticket = await world.buyer(), await world.ticket()
    database.open.clear()
    first = asyncio.create_task(buyer.order(ticket))
    await database.busy.wait()
    monkeypatch.setattr(line, "PATIENCE_SECONDS", 0.0)
    second = asyncio.create_task(buyer.order(ticket))
    await asyncio.sleep(0)
    database.open.set()
    assert [(await first).status_code, (await second).status_code] == [201, 503]
    assert await world.left(ticket) == 9


async def test_sold_out_is_answered_from_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last seat a crowd does not reach the database; whoever has a key does, for it may be theirs."""
    monkeypatch.setattr(line, "MEMORY_SECONDS", 3600.0)
    world, database = counted(world)
    buyer, ticket = await world.buyer(), await world.ticket(seats=1)
    first = await buyer.order(ticket, key="k")
    crowd = await asyncio.gather(*(buyer.order(ticket) for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in crowd} == {(400, crowd[0].content)}
    assert crowd[0].json() == {"error": "Not enough tickets available"}
    assert database.statements == 1
    assert (await buyer.order(ticket, key="k")).content == first.content
    assert database.statements == 2


@pytest.mark.parametrize("how", ["cancelled", "expired", "swept"])
async def test_seats_that_come_back_are_sold_at_once(world: World, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """The memory is told: cancelled, found to be over, or swept."""
    monkeypatch.setattr(line, "MEMORY_SECONDS", 3600.0)
    holder, buyer, ticket = await world.buyer(), await world.buyer(), await world.ticket(seats=1)
    number = await holder.held(ticket)
    assert (await buyer.order(ticket)).status_code == 400
    if how != "cancelled":
        await world.run_out(number)
    if how == "swept":
        await settle.sweep(world.office)
    else:
        await holder.settle(number, "cancelled")
    assert (await buyer.order(ticket)).status_code == 201
