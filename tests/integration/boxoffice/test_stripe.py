"""The contract with Stripe: what we send, what its answers and webhooks mean, and what happens when it is away."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import stripe
from tests.integration.boxoffice.stripe_server import KEY, SECRET, StripeServer, serving, signed

from tixmaster.boxoffice.errors import ProviderError, SignatureError
from tixmaster.boxoffice.payments.provider import Notice, Outcome, Payment, Result
from tixmaster.boxoffice.payments.stripe import Stripe

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import World

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""Stripe's library hands its bodies to httpx in a way that httpx wants to give up."""

WEBHOOKS = "/api/payments/webhooks/stripe"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    """Stripe."""
    with serving() as books:
        yield books


@pytest.fixture
async def provider(server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stripe]:
    """Our way to it; its library waits only a moment before it tries again."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    made = Stripe(key=KEY, webhook_secret=SECRET, currency="twd", address=server.address)
    yield made
    await made.close()


def payment(cents: int = 250_000) -> Payment:
    """A payment of ours that Stripe has not heard of."""
    return Payment(id=uuid4(), order_id=1, order_number="TM-1", method="card", amount_cents=cents)


async def begun(provider: Stripe, cents: int = 250_000) -> Payment:
    """A payment that Stripe knows."""
    ours = payment(cents)
    return replace(ours, reference=(await provider.start(ours)).reference)


async def test_a_payment_is_an_intent(provider: Stripe, server: StripeServer) -> None:
    """Amount in the smallest unit, our id in the metadata; the page gets the client secret, not our key."""
    ours = payment()
    started = await provider.start(ours)
    intent = server.intents[started.reference]
    assert (intent["amount"], intent["currency"]) == (250_000, "twd")
    assert intent["metadata"] == {"tixmaster_payment": str(ours.id), "order": "TM-1"}
    assert intent["automatic_payment_methods"] == {"enabled": True}
    assert started.client == {"client_secret": intent["client_secret"]}


async def test_starting_again_is_the_same_intent(provider: Stripe, server: StripeServer) -> None:
    """By the key of the request, also when the first answers were lost on their way."""
    ours = payment()
    server.drop = 2
    references = {(await provider.start(ours)).reference for _ in range(2)}
    assert references == set(server.intents)
    assert len(server.asked) == 4


async def test_how_an_intent_stands(provider: Stripe, server: StripeServer) -> None:
    """Open until it is paid or refused; refused until the payer tries again."""
    ours = await begun(provider)
    assert ours.reference is not None
    assert await provider.confirm(ours) == Result(outcome=Outcome.OPEN)
    server.declined(ours.reference)
    assert await provider.confirm(ours) == Result(outcome=Outcome.FAILED, failure="Your card was declined.")
    server.intents[ours.reference]["status"] = "processing"
    assert (await provider.confirm(ours)).outcome is Outcome.OPEN
    server.paid(ours.reference)
    assert (await provider.confirm(ours)).outcome is Outcome.SUCCEEDED
    server.intents[ours.reference]["status"] = "canceled"
    assert await provider.confirm(ours) == Result(outcome=Outcome.FAILED, failure="it was cancelled")


async def test_money_goes_back_once(provider: Stripe, server: StripeServer) -> None:
    """However often it is asked for, and also when somebody gave it back on Stripe's own page."""
    ours, theirs = await begun(provider), await begun(provider)
    for one in (ours, theirs):
        assert one.reference is not None
        server.paid(one.reference)
    server.drop = 1
    for _ in range(2):
        await provider.refund(ours)
    server.refunds.append({"payment_intent": theirs.reference})
    await provider.refund(theirs)
    assert [refund["payment_intent"] for refund in server.refunds] == [ours.reference, theirs.reference]


async def test_a_short_trouble_is_not_noticed(provider: Stripe, server: StripeServer) -> None:
    """Two errors of Stripe's, then an answer."""
    server.broken = 2
    assert (await provider.start(payment())).reference in server.intents


@pytest.mark.parametrize("trouble", ["broken", "drop"])
async def test_a_long_trouble_is_a_provider_error(provider: Stripe, server: StripeServer, trouble: str) -> None:
    """Worth retrying, whatever was asked; the cause is in it, for the log."""
    ours = await begun(provider)
    assert ours.reference is not None
    server.paid(ours.reference)
    for ask in (lambda: provider.start(payment()), lambda: provider.confirm(ours), lambda: provider.refund(ours)):
        setattr(server, trouble, 3)
        with pytest.raises(ProviderError) as caught:
            await ask()
        assert isinstance(caught.value.__cause__, stripe.StripeError)


async def test_what_stripe_refuses_is_a_provider_error(provider: Stripe, server: StripeServer) -> None:
    """A wrong key, an amount too small, an intent it does not know, one it never heard of, one that is not paid."""
    stranger = Stripe(key="sk_wrong", webhook_secret=SECRET, currency="twd", address=server.address)
    unpaid = await begun(provider)
    for ask in (
        stranger.start(payment()),
        provider.start(payment(cents=1)),
        provider.confirm(replace(payment(), reference="pi_unknown")),
        provider.confirm(payment()),
        provider.refund(unpaid),
    ):
        with pytest.raises(ProviderError):
            await ask
    await stranger.close()


async def test_nobody_there_is_a_provider_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection at all."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    provider = Stripe(key=KEY, webhook_secret=SECRET, currency="twd", address="http://127.0.0.1:1")
    with pytest.raises(ProviderError):
        await provider.start(payment())
    await provider.close()


def read(provider: Stripe, event: dict[str, Any], **how: Any) -> Notice:
    """What a webhook about `event` says."""
    body, headers = signed(event, **how)
    return provider.read({name.lower(): value for name, value in headers.items()}, body)


async def test_what_a_webhook_says(provider: Stripe, server: StripeServer) -> None:
    """Our payment, how it stands, what was paid, and Stripe's id of it."""
    ours = await begun(provider)
    assert ours.reference is not None
    failed, paid = server.declined(ours.reference), server.paid(ours.reference)
    said = Notice(id=failed["id"], payment=ours.id, reference=ours.reference, outcome=Outcome.FAILED)
    assert read(provider, failed) == replace(said, failure="Your card was declined.")
    assert read(provider, paid) == replace(said, id=paid["id"], outcome=Outcome.SUCCEEDED, amount_cents=250_000)


async def test_a_webhook_of_another_kind_says_nothing(provider: Stripe, server: StripeServer) -> None:
    """Stripe sends what its page is set to, also about the other business of the same account."""
    charge = server.event("charge.refunded", {"id": "ch_1", "object": "charge", "metadata": []})
    foreign = server.event("payment_intent.succeeded", {"id": "pi_x", "amount_received": 5, "metadata": {"shop": "a"}})
    assert [read(provider, event).payment for event in (charge, foreign)] == [None, None]


async def test_a_webhook_that_stripe_did_not_sign_is_refused(provider: Stripe, server: StripeServer) -> None:
    """Another secret, too old, changed on its way, no signature, no JSON."""
    ours = await begun(provider)
    assert ours.reference is not None
    event = server.paid(ours.reference)
    body, headers = signed(event)
    good = headers["Stripe-Signature"]
    forged = [
        (body, signed(event, secret="whsec_another")[1]["Stripe-Signature"]),
        (body, signed(event, at=time.time() - 301)[1]["Stripe-Signature"]),
        (body.replace(b"250000", b"250001"), good),
        (body, good.replace("v1=", "v0=")),
        (body, "t=,v1="),
        (body, ""),
        (b"\xff", good),
    ]
    for content, signature in forged:
        with pytest.raises(SignatureError):
            provider.read({"stripe-signature": signature}, content)
    assert provider.read({"stripe-signature": good}, body).payment == ours.id


async def hear(world: World, event: dict[str, Any], **how: Any) -> httpx.Response:
    """The box office's answer to a webhook."""
    body, headers = signed(event, **how)
    return await world.visitor().post(WEBHOOKS, content=body, headers=headers)


async def test_a_whole_purchase(world: World, provider: Stripe, server: StripeServer) -> None:
    """Hold, payment, a declined card, a good one, the webhook twice, tickets; and money back."""
    world = world.paid_through(provider)
    buyer, ticket = await world.buyer(), await world.ticket(cents=5000)
    number = await buyer.held(ticket, 2)
    opened = (await buyer.post(f"/api/orders/{number}/payments", json={"paymentMethod": "card"})).json()["payment"]
    intent = opened["reference"]
    assert opened["client"] == {"client_secret": server.intents[intent]["client_secret"]}
    assert (await buyer.settle(number, "paid")).status_code == 409
    assert (await hear(world, server.declined(intent))).json() == {"received": True, "duplicate": False}
    assert await buyer.status(number) == "pending"
    paid = server.paid(intent)
    assert (await hear(world, paid, secret="whsec_another")).status_code == 401
    assert [(await hear(world, paid)).json()["duplicate"] for _ in range(2)] == [False, True]
    assert (await hear(world, server.event("customer.created", {"id": "cus_1"}))).status_code == 200
    assert (await buyer.status(number), await world.left(ticket)) == ("paid", 8)
    await world.sql("UPDATE orders SET status = 'refunded', refunded_at = now()")
    for _ in range(2):
        await world.office.desk.give_back_due()
    assert [refund["amount"] for refund in server.refunds] == [10_000]


async def test_paid_is_true_only_if_stripe_says_so(world: World, provider: Stripe, server: StripeServer) -> None:
    """The endpoint of the contract: not yet, refused, away, paid."""
    world = world.paid_through(provider)
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket(cents=5000))
    seen = [(await buyer.settle(number, "paid")).status_code]
    server.declined("pi_1")
    seen.append((await buyer.settle(number, "paid")).status_code)
    server.broken = 3
    seen.append((await buyer.settle(number, "paid")).status_code)
    opened = (await buyer.post(f"/api/orders/{number}/payments", json={})).json()["payment"]
    server.paid(opened["reference"])
    seen.append((await buyer.settle(number, "paid")).status_code)
    assert seen == [409, 402, 502, 200]
    assert await buyer.status(number) == "paid"


async def test_an_answer_that_was_lost_does_not_lose_the_money(
    world: World, provider: Stripe, server: StripeServer
) -> None:
    """We never heard the intent's id; the webhook brings it, so that the money can go back."""
    world = world.paid_through(provider)
    buyer = await world.buyer()
    number = await buyer.ordered(await world.ticket(cents=5000))
    server.drop = 3
    assert (await buyer.post(f"/api/orders/{number}/payments", json={})).status_code == 502
    await buyer.settle(number, "cancelled")
    (intent,) = server.intents
    assert (await hear(world, server.paid(intent))).status_code == 200
    await world.office.desk.give_back_due()
    assert [refund["payment_intent"] for refund in server.refunds] == [intent]
    assert (await world.sql("SELECT status FROM payments"))["status"] == "refunded"
