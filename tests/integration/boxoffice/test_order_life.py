"""Whatever can happen to orders, in any order, beside a model in plain Python: they never differ, and no seat is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID, uuid4

import asyncpg
import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.integration.boxoffice import order_model as model
from tests.integration.boxoffice.ground import BOOKS, EMPTY, FORCE, ON_SALE, Ground, open_ground, signed

from tixmaster.boxoffice import stocktaking
from tixmaster.boxoffice.errors import (
    BoxOfficeError,
    ConflictError,
    KeyReusedError,
    PaymentFailedError,
)
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.orders import queries, settle
from tixmaster.boxoffice.orders.model import Hold, Purchase
from tixmaster.boxoffice.orders.place import place
from tixmaster.boxoffice.settings import Settings

T = TypeVar("T")

CENTS: Final = 250_000
STATES: Final = ("hold", "pending", "paid", "cancelled", "expired", "refunded")
METHODS: Final = ("card", "fail")


@pytest.fixture
def ground(settings: Settings) -> Iterator[Ground]:
    """Open for the length of the test."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield runner.run(open_ground(stack, runner, settings))
        runner.run(stack.aclose())


class OrderLife(RuleBasedStateMachine):
    """The rules; after each the database and the model are compared."""

    ground: ClassVar[Ground]
    orders: Bundle[model.Order] = Bundle("orders")
    payments: Bundle[tuple[model.Order, model.Payment]] = Bundle("payments")
    notices: Bundle[tuple[dict[str, str], bytes]] = Bundle("notices")

    @initialize(
        target=orders,
        seats=st.integers(3, 9),
        limit=st.sampled_from((2, 3, None)),
        take_late=st.booleans(),
        methods=st.lists(st.sampled_from((*METHODS, "")), min_size=1, max_size=3),
    )
    def open_the_sale(self, seats: int, limit: int | None, take_late: bool, methods: list[str]) -> Any:
        """The first orders come at once: without any there is little to do."""
        self.sale = model.Sale(seats, limit, take_late)
        self.sql(EMPTY)
        [row] = self.sql(ON_SALE, CENTS, seats, limit)
        self.ticket, self.event = row["id"], row["event_id"]
        self.office = replace(self.ground.office, desk=replace(self.ground.office.desk, take_late=take_late))
        return multiple(*(self.place(0, 1, method, str(uuid4())) for method in methods[:limit]))

    @rule(
        target=orders,
        buyer=st.integers(0, 1),
        quantity=st.integers(1, 3),
        method=st.sampled_from((*METHODS, "")),
        keyed=st.booleans(),
    )
    def order(self, buyer: int, quantity: int, method: str, keyed: bool) -> Any:
        """Places an order, or a hold where no method is chosen."""
        self.office.reservations.seats_came_back(self.ticket)  # time passed without its knowing
        key = str(uuid4()) if keyed else None
        if refusal := self.sale.refusal(buyer, quantity):
            self.fails(
                place(self.office, self.buyers[buyer], self.wish(quantity, method), key), BoxOfficeError, refusal
            )
            return multiple()
        return self.place(buyer, quantity, method, key)

    @rule(order=orders, changed=st.booleans())
    def send_again(self, order: model.Order, changed: bool) -> None:
        """The same key: the answer of the first time; with another wish it is refused."""
        if order.key is None:
            return
        quantity = order.quantity + changed
        self.sale.make_room(quantity)
        first = order.path[0]
        wish = self.wish(quantity, order.method if first == "pending" else "")
        work = place(self.office, self.owner(order), wish, order.key)
        if changed:
            self.fails(work, KeyReusedError)
        else:
            again = self.run(work)
            assert (again.order_number, again.status, len(again.items)) == (order.number, first, quantity)

    @rule(target=payments, order=orders, method=st.sampled_from(METHODS))
    def begin_payment(self, order: model.Order, method: str) -> Any:
        """Opens a payment; again, it is the same one."""
        work = self.office.desk.begin(self.owner(order), order.number, method)
        if not order.payable:
            self.fails(work, ConflictError)
            return multiple()
        opened, _ = self.run(work)
        assert opened.amount_cents == order.quantity * CENTS
        return order, self.note_begun(order, method, opened.id)

    @rule(order=orders)
    def pay_now(self, order: model.Order) -> None:
        """The contract's payment endpoint."""
        work = settle.settle(self.office, self.owner(order), order.number, "paid")
        if order.state == "paid":
            self.run(work)
        elif not order.payable:
            order.end_if_overdue()
            self.fails(work, ConflictError)
        else:
            declined = order.method == "fail"
            self.fails(work, PaymentFailedError) if declined else self.run(work)
            [row] = self.sql(
                "SELECT id FROM payments WHERE order_id = $1 ORDER BY settled_at DESC NULLS LAST LIMIT 1", order.id
            )
            payment = self.note_begun(order, order.method or settle.DEFAULT_METHOD, row["id"])
            if declined:
                payment.state = "failed"
            else:
                self.sale.money_came(order, payment)

    @rule(target=notices, paid=payments, outcome=st.sampled_from(("succeeded", "failed")))
    def webhook(self, paid: tuple[model.Order, model.Payment], outcome: str) -> Any:
        """The provider tells how a payment ended, at any time and more than once."""
        order, payment = paid
        self.sql(
            "UPDATE simulated_charges SET outcome = CASE outcome WHEN 'succeeded' THEN outcome ELSE $2 END "
            "WHERE payment_id = $1",
            payment.id,
            outcome,
        )
        notice = signed(payment.id, outcome, order.quantity * CENTS)
        assert self.run(self.office.desk.take_notice(*notice)) is True
        if outcome == "succeeded":
            self.sale.money_came(order, payment)
        elif payment.state == "started":
            payment.state = "failed"
        return notice

    @rule(notice=notices)
    def webhook_again(self, notice: tuple[dict[str, str], bytes]) -> None:
        """The same delivery a second time changes nothing."""
        assert self.run(self.office.desk.take_notice(*notice)) is False

    @rule(order=orders)
    def cancel(self, order: model.Order) -> None:
        """By its buyer."""
        work = settle.settle(self.office, self.owner(order), order.number, "cancelled")
        if order.state == "cancelled" or order.payable:
            self.run(work)
            order.path.extend(["cancelled"] if order.payable else [])
        else:
            order.end_if_overdue()
            self.fails(work, ConflictError)

    @rule(order=orders)
    def refund(self, order: model.Order) -> None:
        """By the organiser."""
        if order.state == "paid":
            self.sql("UPDATE orders SET status = 'refunded', refunded_at = now() WHERE id = $1", order.id)
            self.sale.refund(order)

    @rule(order=orders, state=st.sampled_from(STATES))
    def force(self, order: model.Order, state: str) -> None:
        """No code of ours can make an illegal change of state, nor change what was ordered."""
        if (order.state, state) not in model.LEGAL and order.state != state:
            with pytest.raises(asyncpg.CheckViolationError):
                self.sql(FORCE, order.id, state)
        with pytest.raises(asyncpg.CheckViolationError):
            self.sql("UPDATE orders SET total_cents = total_cents - 1 WHERE id = $1", order.id)

    @rule(order=orders)
    def time_passes(self, order: model.Order) -> None:
        """The hold of an order is over."""
        if not order.overdue:
            self.sql("ALTER TABLE orders DISABLE TRIGGER order_changed")
            self.sql("UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = $1", order.id)
            self.sql("ALTER TABLE orders ENABLE TRIGGER order_changed")
            order.overdue = True

    @rule()
    def sweep(self) -> None:
        """The job that gives seats back."""
        self.run(settle.sweep(self.office))
        self.sale.sweep()

    @rule()
    def give_money_back(self) -> None:
        """The job that refunds."""
        self.run(self.office.desk.give_back_due())
        for order in self.sale.orders:
            for payment in order.payments:
                payment.state = {"refund_due": "refunded"}.get(payment.state, payment.state)

    @rule(order=orders)
    def look(self, order: model.Order) -> None:
        """Its owner sees the tickets that they have; nobody else sees the order."""
        seen = self.run(queries.find(self.office.database, self.office.signer, self.owner(order), order.number))
        assert seen is not None
        assert [item.status for item in seen.items] == [model.TICKETS.get(order.state, "void")] * order.quantity
        assert all((item.qr_code is not None) == (order.state == "paid") for item in seen.items)
        other = self.buyers[(order.buyer + 1) % 3]
        assert self.run(queries.find(self.office.database, self.office.signer, other, order.number)) is None

    @invariant()
    def the_books_agree(self) -> None:
        """Every order, ticket and payment is as the model says; every path is legal; the money is that of paid orders."""
        rows = self.sql(BOOKS)
        assert [row["id"] for row in rows] == [order.id for order in self.sale.orders]
        for row, order in zip(rows, self.sale.orders, strict=True):
            assert (row["status"], row["tickets"], row["became"]) == (order.state, order.issued, order.path)
            assert row["was"] == [None, *row["became"][:-1]]
            assert set(zip(row["was"][1:], row["became"][1:], strict=True)) <= model.LEGAL
            assert sorted(row["payments"]) == sorted(f"{payment.id} {payment.state}" for payment in order.payments)
            assert row["money"] == (row["total_cents"] if order.state == "paid" else 0)

    @invariant()
    def every_seat_is_accounted_for(self) -> None:
        """Stock + held + sold = total."""
        [account] = self.run(stocktaking.accounts(self.ground.connection))
        assert (account.stock, account.difference, account.oversold) == (self.sale.stock, 0, 0)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.ground.run(work)

    def sql(self, statement: str, *values: object) -> list[Any]:
        return self.ground.sql(statement, *values)

    def fails(self, work: Coroutine[Any, Any, object], error: type[BoxOfficeError], words: str | None = None) -> None:
        with pytest.raises(error, match=words):
            self.run(work)

    def owner(self, order: model.Order) -> Caller:
        return self.buyers[order.buyer]

    def wish(self, quantity: int, method: str) -> Purchase | Hold:
        if method:
            return Purchase(event_id=self.event, ticket_id=self.ticket, quantity=quantity, payment_method=method)
        return Hold(event_id=self.event, ticket_id=self.ticket, quantity=quantity)

    @property
    def buyers(self) -> list[Caller]:
        return self.ground.buyers

    def place(self, buyer: int, quantity: int, method: str, key: str | None) -> model.Order:
        """An order that there is nothing against."""
        placed = self.run(place(self.office, self.buyers[buyer], self.wish(quantity, method), key))
        first = "pending" if method else "hold"
        order = model.Order(placed.id, placed.order_number, buyer, quantity, key, method, [first])
        self.sale.orders.append(order)
        return order

    def note_begun(self, order: model.Order, method: str, payment: UUID) -> model.Payment:
        """A payment is open: the one from before, or a new one."""
        if order.state == "hold":
            order.path.append("pending")
            order.method = method
        known = order.open_payment
        assert known is None or known.id == payment
        if known is None:
            known = model.Payment(payment)
            order.payments.append(known)
        return known


def machine_on(ground: Ground) -> type[OrderLife]:
    return type("Machine", (OrderLife,), {"ground": ground})


def test_money_that_goes_back_is_not_kept_when_it_is_told_of_again(ground: Ground) -> None:
    """It came when the seats were others'; that there are seats again by the second telling changes nothing."""
    life = machine_on(ground)()
    life.open_the_sale(seats=3, limit=None, take_late=True, methods=["card"])
    [order] = life.sale.orders
    life.begin_payment(order, "card")
    [payment] = order.payments
    life.time_passes(order)
    life.order(buyer=1, quantity=3, method="card", keyed=True)
    life.webhook((order, payment), "succeeded")
    life.cancel(life.sale.orders[1])
    life.webhook((order, payment), "succeeded")
    life.the_books_agree()
    assert (order.state, payment.state, life.sale.stock) == ("expired", "refund_due", 3)


def test_orders_live_as_the_model_says(ground: Ground) -> None:
    """Two hundred lives of thirty events, the same ones every time."""
    run_state_machine_as_test(
        machine_on(ground),
        settings=hypothesis.settings(
            max_examples=200,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
