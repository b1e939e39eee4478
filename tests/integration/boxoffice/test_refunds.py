"""Money that cannot be kept, because it came twice, too late, or the order was given back: it goes back once, and surely."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tixmaster.boxoffice.errors import ProviderError
from tixmaster.boxoffice.orders import settle
from tixmaster.boxoffice.payments import queries
from tixmaster.boxoffice.payments.desk import Desk
from tixmaster.boxoffice.payments.simulator import Simulator

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, World

    from tixmaster.boxoffice.payments.provider import Payment


class Bank(Simulator):
    """The simulator, which remembers what it gave back, and is away for the next `away` refunds."""

    def __init__(self, simulator: Simulator, away: int = 0) -> None:
        vars(self).update(vars(simulator))
        self.away = away
        self.gave_back: list[UUID] = []

    async def refund(self, payment: Payment) -> None:
        if self.away:
            self.away -= 1
            raise ProviderError(self.name)
        await super().refund(payment)
        self.gave_back.append(payment.id)


def bank(world: World, away: int = 0, *, take_late: bool = True) -> tuple[Bank, Desk]:
    """A bank, and a desk that gives money back through it."""
    provider = world.office.desk.provider
    assert isinstance(provider, Simulator)
    made = Bank(provider, away)
    return made, replace(world.office.desk, provider=made, take_late=take_late)


async def begin(buyer: Caller, number: str) -> UUID:
    """The id of the payment that was opened."""
    answer = await buyer.post(f"/api/orders/{number}/payments", json={})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["payment"]["id"])


async def charge(world: World, payment: UUID) -> None:
    """The payer has paid, and the provider has not told us yet."""
    await world.sql("UPDATE simulated_charges SET outcome = 'succeeded' WHERE payment_id = $1", payment)


async def payments(world: World) -> list[tuple[str, int]]:
    """State and attempts to refund of all payments, in the order of their beginning."""
    row = await world.sql("SELECT array_agg((status, refund_attempts) ORDER BY created_at) AS found FROM payments")
    return list(row["found"])


async def test_of_two_payments_that_succeed_one_goes_back(world: World) -> None:
    """The first card failed, a second one paid; then the bank of the first changed its mind."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=2)
    number = await buyer.ordered(ticket)
    first = await begin(buyer, number)
    await queries.failed(world.office.database, first, "declined")
    second = await begin(buyer, number)
    for payment in (first, second):
        await charge(world, payment)
    ends = await asyncio.gather(
        *(queries.succeeded(world.office.database, payment, take_late=True) for payment in (first, second))
    )
    assert sorted(ends) == ["paid", "refund_due"]
    provider, desk = bank(world)
    await desk.give_back_due()
    assert provider.gave_back == [first if ends[0] == "refund_due" else second]
    assert (await buyer.status(number), await world.left(ticket)) == ("paid", 1)
    assert sorted(status for status, _ in await payments(world)) == ["refunded", "succeeded"]


@pytest.mark.parametrize(
    ("policy", "seats", "end", "became"),
    [("take", 2, "paid", "paid"), ("take", 1, "expired", "refund_due"), ("refund", 2, "expired", "refund_due")],
)
async def test_late_money(world: World, policy: str, seats: int, end: str, became: str) -> None:
    """Taken if the policy says so and there are seats still; else it goes back. Either way the seats add up."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=seats)
    number = await buyer.held(ticket)
    payment = await begin(buyer, number)
    await charge(world, payment)
    await world.run_out(number)
    await settle.sweep(world.office)
    await (await world.buyer()).ordered(ticket)
    left = await world.left(ticket)
    assert await queries.succeeded(world.office.database, payment, take_late=policy == "take") == became
    assert await buyer.status(number) == end
    assert await world.left(ticket) == left - (end == "paid")
    provider, desk = bank(world)
    await desk.give_back_due()
    assert provider.gave_back == ([payment] if became == "refund_due" else [])


async def test_late_money_before_the_sweeper_came_by(world: World) -> None:
    """The hold is over all the same: with the policy `refund` the seats come back and the money goes back."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=1)
    number = await buyer.held(ticket)
    payment = await begin(buyer, number)
    await world.run_out(number)
    assert await queries.succeeded(world.office.database, payment, take_late=False) == "refund_due"
    assert (await buyer.status(number), await world.left(ticket)) == ("expired", 1)
    assert [became for _, became, _ in await world.history(number)] == ["hold", "pending", "expired"]


async def test_a_charge_while_the_hold_ends_is_told_to_the_payer(world: World) -> None:
    """The payer confirmed in time, the answer came too late: 409 says that the money goes back."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=1)
    number = await buyer.ordered(ticket)

    class Slow(Bank):
        async def confirm(self, payment: Payment) -> Any:
            result = await super().confirm(payment)
            await world.run_out(number)
            return result

    provider = world.office.desk.provider
    assert isinstance(provider, Simulator)
    desk = replace(world.office.desk, provider=Slow(provider), take_late=False)
    here = type(world)(replace(world.office, desk=desk), world.url).visitor().as_(buyer)
    answer = await here.settle(number, "paid")
    assert (answer.status_code, "money goes back" in answer.json()["error"]) == (409, True)
    assert (await payments(world), await world.left(ticket)) == ([("refund_due", 0)], 1)
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="late") == 1


async def test_money_for_a_cancelled_order_goes_back(world: World) -> None:
    """Whoever cancels and pays all the same keeps their money, and the seats are somebody else's."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=1)
    number = await buyer.ordered(ticket)
    payment = await begin(buyer, number)
    await charge(world, payment)
    await buyer.settle(number, "cancelled")
    await (await world.buyer()).ordered(ticket)
    assert await queries.succeeded(world.office.database, payment, take_late=True) == "refund_due"
    assert (await buyer.status(number), await world.left(ticket)) == ("cancelled", 0)


async def test_a_refund_is_tried_until_the_provider_is_back_and_then_never_again(world: World) -> None:
    """Each time twice as late; not before its time; done once."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    payment = await begin(buyer, number)
    await charge(world, payment)
    await buyer.settle(number, "cancelled")
    await queries.succeeded(world.office.database, payment, take_late=True)
    provider, desk = bank(world, away=3)
    waits = []
    for _ in range(3):
        await world.sql("UPDATE payments SET refund_next_at = now()")
        await desk.give_back_due()
        await desk.give_back_due()
        row = await world.sql("SELECT round(extract(epoch FROM refund_next_at - now())) AS wait FROM payments")
        waits.append(int(row["wait"]))
    assert (waits, provider.gave_back, await payments(world)) == ([1, 2, 4], [], [("refund_due", 3)])
    for _ in range(3):
        await world.sql("UPDATE payments SET refund_next_at = now()")
        await desk.give_back_due()
    assert (provider.gave_back, await payments(world)) == ([payment], [("refunded", 4)])
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="refund_failed") == 3
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="refunded") == 1


async def test_one_refund_that_fails_does_not_hold_up_the_others(world: World) -> None:
    """And several processes at once give each back once."""
    buyer, ticket = await world.buyer(), await world.ticket()
    for _ in range(4):
        number = await buyer.ordered(ticket)
        payment = await begin(buyer, number)
        await charge(world, payment)
        await buyer.settle(number, "cancelled")
        await queries.succeeded(world.office.database, payment, take_late=True)
    provider, desk = bank(world, away=1)
    await asyncio.gather(*(desk.give_back_due() for _ in range(3)))
    assert len(set(provider.gave_back)) == len(provider.gave_back) == 3
    assert sorted(status for status, _ in await payments(world)) == ["refund_due"] + ["refunded"] * 3


async def test_a_refunded_order_gives_seats_and_money_back_and_voids_its_tickets(world: World) -> None:
    """What the trigger does when an order goes from paid to refunded."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=3)
    number = await buyer.ordered(ticket, 2)
    assert (await buyer.settle(number, "paid")).status_code == 200
    await world.sql("UPDATE orders SET status = 'refunded', refunded_at = now() WHERE order_number = $1", number)
    items = (await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"]
    assert [(item["status"], item["qr_code"]) for item in items] == [("void", None)] * 2
    provider, desk = bank(world)
    await desk.give_back_due()
    assert (len(provider.gave_back), await world.left(ticket)) == (1, 3)
    assert await payments(world) == [("refunded", 1)]


async def test_a_free_order_is_refunded_without_a_provider(world: World) -> None:
    """There is nothing to give back, and no provider knows of it."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket(cents=0))
    assert (await buyer.settle(number, "paid")).status_code == 200
    await world.sql("UPDATE orders SET status = 'refunded', refunded_at = now() WHERE order_number = $1", number)
    provider, desk = bank(world, away=9)
    await desk.give_back_due()
    assert (provider.gave_back, await payments(world)) == ([], [("refunded", 1)])
