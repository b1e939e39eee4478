"""Paying: the provider says what is paid, by signed webhooks that come late, twice, out of order or never."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from tixmaster.boxoffice.database.migrate import migrations
from tixmaster.boxoffice.errors import ProviderError
from tixmaster.boxoffice.payments.provider import Notice, Payment, Result, Started
from tixmaster.boxoffice.payments.simulator import Simulator

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import Caller, World

WEBHOOKS = "/api/payments/webhooks/simulator"
SECRET = b"w" * 32


async def begin(buyer: Caller, number: str, method: str = "card") -> dict[str, Any]:
    """The payment that was opened."""
    answer = await buyer.post(f"/api/orders/{number}/payments", json={"paymentMethod": method})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["payment"])


async def pay(buyer: Caller, payment: dict[str, Any], outcome: str = "succeeded", delay: float = 0) -> None:
    """What the payer does on the provider's page."""
    decision = {"outcome": outcome, "delaySeconds": delay}
    assert (await buyer.post(payment["client"]["pay"], json=decision)).status_code == 202


async def deliver(world: World) -> None:
    """The simulator sends the webhooks that are due."""
    provider = world.office.desk.provider
    assert isinstance(provider, Simulator)
    await provider.deliver_due()


def signed(said: dict[str, Any], *, at: datetime | None = None, secret: bytes = SECRET) -> tuple[str, dict[str, str]]:
    """A webhook as the simulator would send it: body and headers."""
    at = at or datetime.now(UTC)
    body = json.dumps(said)
    return body, {
        "webhook-id": f"notice-{said['payment']}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(f"notice-{said['payment']}", at, body),
    }


async def hear(world: World, payment: dict[str, Any], outcome: str = "succeeded", cents: int = 10) -> httpx.Response:
    """The answer to a good webhook about a payment."""
    body, headers = signed({"payment": payment["id"], "outcome": outcome, "amount_cents": cents})
    return await world.visitor().post(WEBHOOKS, content=body, headers=headers)


async def stands(world: World, payment: dict[str, Any]) -> str:
    """The state of a payment in our own book."""
    return str((await world.sql("SELECT status FROM payments WHERE id = $1", UUID(payment["id"])))["status"])


@pytest.mark.parametrize("place", ["held", "ordered"])
async def test_money_that_arrives_makes_the_order_paid(world: World, place: str) -> None:
    """From a hold or an order, through the page of the provider and its webhook, to valid tickets."""
    buyer = await world.buyer()
    number = await getattr(buyer, place)(await world.ticket(cents=250_000), 2)
    payment = await begin(buyer, number)
    assert (payment["amount"], payment["provider"]) == ("5000.00", "simulator")
    assert await buyer.status(number) == "pending"
    await pay(buyer, payment)
    assert await buyer.status(number) == "pending"
    await deliver(world)
    order = (await buyer.get(f"/api/orders/{number}")).json()["order"]
    assert (order["status"], order["payment_method"]) == ("paid", "card")
    assert [item["status"] for item in order["items"]] == ["valid", "valid"]
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="succeeded") == 1


async def test_a_webhook_comes_when_its_delay_is_over(world: World) -> None:
    """Not before; and a payer decides once."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    payment = await begin(buyer, number)
    await pay(buyer, payment, delay=60)
    await pay(buyer, payment, "failed")
    await deliver(world)
    assert await buyer.status(number) == "pending"
    await world.sql("UPDATE simulated_charges SET due_at = now()")
    await deliver(world)
    assert await buyer.status(number) == "paid"


async def test_after_a_failed_payment_the_order_can_still_be_paid(world: World) -> None:
    """A declined card is not the end: the next payment is another one."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    first = await begin(buyer, number)
    await pay(buyer, first, "failed")
    await deliver(world)
    assert (await buyer.status(number), await stands(world, first)) == ("pending", "failed")
    second = await begin(buyer, number)
    assert second["id"] != first["id"]
    await pay(buyer, second)
    await deliver(world)
    assert (await buyer.status(number), await stands(world, second)) == ("paid", "succeeded")


async def test_a_refused_card_is_402_and_another_one_pays(world: World) -> None:
    """The endpoint of the contract says `paid` only if the provider does."""
    buyer, ticket = await world.buyer(), await world.ticket(seats=1)
    number = await buyer.ordered(ticket, method="fail-card")
    answer = await buyer.settle(number, "paid")
    assert (answer.status_code, await buyer.status(number)) == (402, "pending")
    assert answer.json() == {"error": "The payment failed: The simulated card was declined"}
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="failed") == 1
    await pay(buyer, await begin(buyer, number))
    await deliver(world)
    assert (await buyer.status(number), await world.left(ticket)) == ("paid", 0)


async def test_a_webhook_that_comes_again_changes_nothing(world: World) -> None:
    """Providers deliver at least once, also several at the same moment."""
    buyer, ticket = await world.buyer(), await world.ticket()
    number = await buyer.ordered(ticket)
    payment = await begin(buyer, number)
    answers = await asyncio.gather(*(hear(world, payment) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 9
    assert [became for _, became, _ in await world.history(number)] == ["pending", "paid"]
    assert world.counted("ticketing_payments_total", provider="simulator", outcome="succeeded") == 1


async def test_a_webhook_that_nobody_signed_is_refused(world: World) -> None:
    """Wrong secret, another body, too old, too new, nothing at all: 401, and nothing is paid."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    said = {"payment": (await begin(buyer, number))["id"], "outcome": "succeeded", "amount_cents": 10}
    body, good = signed(said)
    now = datetime.now(UTC)
    forged = [
        signed(said, secret=b"x" * 32),
        (body.replace("10", "11"), good),
        signed(said, at=now - timedelta(minutes=6)),
        signed(said, at=now + timedelta(minutes=6)),
        (body, {**good, "webhook-timestamp": "inf"}),
        (body, {**good, "webhook-timestamp": str(int(now.timestamp()) - 60)}),
        (body, {**good, "webhook-id": "another"}),
        (body, {**good, "webhook-signature": "v1,rubbish"}),
        (body, {}),
        signed({**said, "outcome": "refunded"}),
    ]
    for content, headers in forged:
        answer = await world.visitor().post(WEBHOOKS, content=content, headers=headers)
        assert answer.status_code == 401, (content, headers, answer.text)
    assert (await world.visitor().post(WEBHOOKS, content=b"\xff", headers=good)).status_code == 401
    assert await buyer.status(number) == "pending"


async def test_a_webhook_about_nothing_we_know_is_404(world: World) -> None:
    """A payment that is not in our book, a provider that is not in use."""
    body, headers = signed({"payment": str(uuid4()), "outcome": "succeeded", "amount_cents": 10})
    visitor = world.visitor()
    assert (await visitor.post(WEBHOOKS, content=body, headers=headers)).status_code == 404
    assert (await visitor.post("/api/payments/webhooks/stripe", content=body, headers=headers)).status_code == 404


async def test_a_wrong_amount_pays_nothing(world: World) -> None:
    """409, so that the provider comes again and somebody looks into it; the right amount is taken then."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket(cents=10))
    payment = await begin(buyer, number)
    assert (await hear(world, payment, cents=9)).status_code == 409
    assert await buyer.status(number) == "pending"
    assert (await hear(world, payment)).json() == {"received": True, "duplicate": False}
    assert await buyer.status(number) == "paid"


@pytest.mark.parametrize("place", ["held", "ordered"])
async def test_beginning_again_gives_the_same_payment(world: World, place: str) -> None:
    """Also eight times at once, again and again: nobody is charged twice for one order."""
    buyer, ticket = await world.buyer(), await world.ticket()
    caller = world.office.tokens.read(buyer.headers["authorization"].removeprefix("Bearer "))
    for _ in range(10):
        number = await getattr(buyer, place)(ticket)
        opened = await asyncio.gather(*(world.office.desk.begin(caller, number, "card") for _ in range(8)))
        assert len({payment.id for payment, _ in opened}) == 1
    assert (await world.sql("SELECT count(*) FROM simulated_charges"))["count"] == 10


async def test_paying_many_times_at_once_charges_once(world: World) -> None:
    """A double click on the pay button."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    answers = await asyncio.gather(*(buyer.settle(number, "paid") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await world.sql("SELECT count(*) FROM payments"))["count"] == 1
    assert (await world.sql("SELECT count(*) FROM simulated_charges WHERE outcome = 'succeeded'"))["count"] == 1


async def test_only_the_owner_of_an_unpaid_order_opens_a_payment(world: World) -> None:
    """An order that is not there or not one's own is 404; one that is settled is 409."""
    owner, outsider = await world.buyer(), await world.buyer()
    number = await owner.ordered(await world.ticket())
    people = (outsider, world.visitor(), owner)
    seen = [(await person.post(f"/api/orders/{number}/payments", json={})).status_code for person in people]
    assert seen == [404, 401, 201]
    await owner.settle(number, "cancelled")
    paths = (f"/api/orders/{number}/payments", "/api/orders/TM-NONE/payments")
    assert [(await owner.post(path, json={})).status_code for path in paths] == [409, 404]


async def test_payments_that_were_opened_twice_before_there_was_an_index(world: World) -> None:
    """The migration keeps the newest open; money that comes for the other one is settled all the same."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    older = await begin(buyer, number)
    await world.sql("DROP INDEX payments_one_open")
    await world.sql(
        "INSERT INTO payments (order_id, provider, amount_cents) SELECT order_id, provider, 10 FROM payments"
    )
    async with world.office.database.connection() as connection:
        await connection.execute(migrations()["0008_one_open_payment.sql"])
    row = await world.sql("SELECT array_agg(status ORDER BY created_at) AS found FROM payments")
    assert row["found"] == ["failed", "started"]
    assert (await hear(world, older)).status_code == 200
    assert await buyer.status(number) == "paid"


class Patient:
    """A provider of the test's own: it answers when it is told to, and only then knows the payment."""

    name = "patient"

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()
        self.started: list[UUID] = []
        self.away = False

    async def start(self, payment: Payment) -> Started:
        self.started.append(payment.id)
        self.asked.set()
        await asyncio.wait_for(self.answer.wait(), 5)
        if self.away:
            raise ProviderError(self.name)
        return Started(reference=f"ref-{payment.id}")

    async def confirm(self, payment: Payment) -> Result:  # noqa: ARG002
        raise ProviderError(self.name)

    async def refund(self, payment: Payment) -> None:  # noqa: ARG002
        raise ProviderError(self.name)

    def read(self, headers: Any, body: bytes) -> Notice:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to close."""


async def test_no_lock_is_held_while_a_provider_thinks(world: World) -> None:
    """The order can be read and cancelled, its ticket type sold, all connections are free."""
    slow = Patient()
    buyer, ticket = await world.buyer(), await world.ticket(seats=2)
    number = await buyer.held(ticket)
    at_slow = world.paid_through(slow).visitor().as_(buyer)
    opening = asyncio.create_task(at_slow.post(f"/api/orders/{number}/payments", json={}))
    await asyncio.wait_for(slow.asked.wait(), 5)
    assert (world.office.database.in_use, await buyer.status(number)) == (0, "pending")
    assert (await buyer.order(ticket)).status_code == 201
    assert (await buyer.settle(number, "cancelled")).status_code == 200
    slow.answer.set()
    assert (await opening).status_code == 201
    assert await buyer.status(number) == "cancelled"


async def test_nothing_is_lost_between_opening_and_the_provider_s_answer(world: World) -> None:
    """The server dies, or the provider is away, with our payment written: beginning again goes on with the same one."""
    provider = Patient()
    buyer = await world.buyer()
    number = await buyer.held(await world.ticket())
    there = world.paid_through(provider).visitor().as_(buyer)
    dies = asyncio.create_task(there.post(f"/api/orders/{number}/payments", json={}))
    await asyncio.wait_for(provider.asked.wait(), 5)
    dies.cancel()
    provider.answer.set()
    provider.away = True
    refused = await there.post(f"/api/orders/{number}/payments", json={})
    assert (refused.status_code, refused.headers["retry-after"]) == (502, "1")
    provider.away = False
    opened = (await there.post(f"/api/orders/{number}/payments", json={})).json()["payment"]
    assert {str(payment) for payment in provider.started} == {opened["id"]}
    assert len(provider.started) == 3
    assert (await world.sql("SELECT reference FROM payments"))["reference"] == opened["reference"]


async def test_money_is_not_lost_when_the_server_dies_after_charging(world: World) -> None:
    """The charge went through and nobody wrote it down: the webhook tells it all the same."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    desk = world.office.desk
    caller = world.office.tokens.read(buyer.headers["authorization"].removeprefix("Bearer "))
    payment, _ = await desk.begin(caller, number, "card")
    await desk.provider.confirm(payment)
    await world.sql("UPDATE simulated_charges SET due_at = now()")
    await deliver(world)
    assert await buyer.status(number) == "paid"


async def test_a_webhook_that_is_not_taken_comes_again(world: World) -> None:
    """The box office is away for a moment; the simulator tries later, each time twice as late."""
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket())
    await pay(buyer, await begin(buyer, number))
    await world.sql("UPDATE payments SET amount_cents = amount_cents + 1")
    waits = []
    for _ in range(3):
        await world.sql("UPDATE simulated_charges SET due_at = now()")
        await deliver(world)
        row = await world.sql("SELECT extract(epoch FROM due_at - now()) AS wait FROM simulated_charges")
        waits.append(round(row["wait"]))
    assert waits == [1, 2, 4]
    await world.sql("UPDATE payments SET amount_cents = amount_cents - 1")
    await world.sql("UPDATE simulated_charges SET due_at = now()")
    await deliver(world)
    assert await buyer.status(number) == "paid"


async def test_free_tickets_need_no_provider(world: World) -> None:
    """Nothing to charge: no provider would open a payment of nothing."""
    away = Patient()
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket(cents=0), 2)
    there = world.paid_through(away).visitor().as_(buyer)
    assert (await there.settle(number, "paid")).json()["order"]["status"] == "paid"
    assert away.started == []
