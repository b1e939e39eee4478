"""The shoppers, in a small shop that speaks the backend's contract."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
from tests.unit.drills.conftest import Shop

from tixmaster.drills.traffic import PATIENCE_SECONDS, SHOPPERS, Pace, Traffic
from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import UnreachableError

Start = Callable[..., Traffic]


@pytest.fixture
def start(system: Config) -> Iterator[Start]:
    """Sends shoppers off at a pace; they go home with the test."""
    begun: list[Traffic] = []

    def begin(visits: float = 40, orders: float = 20) -> Traffic:
        traffic = Traffic(system, Pace(visits=visits, orders=orders))
        begun.append(traffic)
        traffic.start()
        return traffic

    yield begin
    for traffic in begun:
        traffic.stop()


def await_true(done: Callable[[], bool], within: float = 6.0) -> None:
    """Waits for something that shoppers bring about."""
    end = time.monotonic() + within
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_arrivals_are_steady(start: Start, shop: Shop) -> None:
    """Twenty orders a second, neither in bursts nor late; as many visits as asked for beside them."""
    began = time.monotonic()
    start(visits=40, orders=20)
    await_true(lambda: len(shop.asked("POST", "/api/orders")) >= 21)
    assert 1.0 <= time.monotonic() - began < 5.0
    visits = [one for one in shop.requests if one.method == "GET" and not one.path.endswith("/tickets")]
    assert 30 <= len(visits) <= 60


def test_connections_are_reused(start: Start, shop: Shop) -> None:
    """A shopper is not a handshake."""
    traffic = start()
    await_true(lambda: traffic.counts.total() >= 60)
    assert shop.connections < 10


def test_shoppers_register_once_under_names_nobody_guesses(start: Start, shop: Shop) -> None:
    """Each has its own address and password, and orders with its token."""
    traffic = start()
    await_true(lambda: traffic.counts["order ok"] >= 5)
    registered = [one.body for one in shop.asked("POST", "/api/users/register")]
    assert len({body["email"] for body in registered}) == len(registered) == SHOPPERS
    assert len({body["password"] for body in registered}) == SHOPPERS
    assert {one.token for one in shop.asked("POST", "/api/orders")} == {"t0ken"}


def test_they_buy_what_there_is_most_of(start: Start, shop: Shop) -> None:
    """One or two seats an order, so that drills do not sell a small event out."""
    traffic = start()
    await_true(lambda: traffic.counts["order ok"] >= 10)
    orders = [one.body for one in shop.asked("POST", "/api/orders")]
    assert {(order["eventId"], order["ticketId"]) for order in orders} == {(2, 22)}
    assert {order["quantity"] for order in orders} <= {1, 2}


def test_some_pay_and_the_others_give_their_seats_back(start: Start, shop: Shop) -> None:
    """About half of the orders that went well; nobody is left with unpaid ones."""
    traffic = start()
    await_true(lambda: 3 <= traffic.counts["payment ok"] < traffic.counts["order ok"])
    await_true(lambda: traffic.counts["return ok"] >= 3)
    wanted = [one.body["status"] for one in shop.asked("PUT", "/api/orders/TIX-1/payment")]
    assert (wanted.count("paid") >= 3, wanted.count("cancelled") >= 3, set(wanted)) == (
        True,
        True,
        {"paid", "cancelled"},
    )


def test_a_shopper_with_too_many_unpaid_orders_gives_them_back(start: Start, shop: Shop) -> None:
    """An outage may have kept them from it; then they buy on."""
    orders = [{"order_number": f"TIX-{state}", "status": state} for state in ("hold", "pending", "paid", "expired")]
    shop.answers[("GET", "/api/orders/user/me")] = 200, {"orders": orders}
    shop.answers[("POST", "/api/orders")] = 409, {"error": "You have too many unpaid orders or seats"}
    traffic = start()
    await_true(lambda: traffic.counts["return ok"] >= 2)
    returned = {one.path for one in shop.requests if one.method == "PUT"}
    assert returned == {"/api/orders/TIX-hold/payment", "/api/orders/TIX-pending/payment"}


def test_failures_are_counted_by_kind_and_shopping_goes_on(start: Start, shop: Shop) -> None:
    """An outage of the orders does not send visitors home, nor buyers once it is over."""
    shop.answers[("POST", "/api/orders")] = 503, {"error": "later"}
    traffic = start()
    await_true(lambda: traffic.counts["order 503"] >= 3 and traffic.counts["visit ok"] >= 3)
    assert traffic.counts["order ok"] == 0
    shop.answers[("POST", "/api/orders")] = 201, {"order": {"order_number": "TIX-1"}}
    await_true(lambda: traffic.counts["order ok"] >= 3)


def test_a_hanging_order_costs_patience_and_nothing_else(start: Start, shop: Shop) -> None:
    """Visitors keep coming meanwhile, and the end does not wait for the hanging ones longer than they would."""
    shop.hang = threading.Event()
    traffic = start()
    await_true(lambda: traffic.counts["order no answer"] >= 1)
    assert traffic.counts["visit ok"] > 60
    began = time.monotonic()
    traffic.stop()
    assert time.monotonic() - began < PATIENCE_SECONDS + 5


def test_visitors_alone(start: Start, shop: Shop) -> None:
    """A pace of 0 orders a second means none."""
    traffic = start(orders=0)
    await_true(lambda: traffic.counts["visit ok"] >= 10)
    assert shop.asked("POST", "/api/orders") == []


def test_no_backend_is_said_at_once(system: Config) -> None:
    """With its address and where to look."""
    nobody = msgspec.structs.replace(system.services, backend=Service(port=9))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9.*tix status"):
        Traffic(msgspec.structs.replace(system, services=nobody)).start()


def test_nothing_on_sale_is_said_at_once(start: Start, shop: Shop) -> None:
    """Shoppers without goods would look like an outage."""
    shop.answers[("GET", "/api/events")] = 200, {"events": []}
    with pytest.raises(UnreachableError, match="no tickets are on sale"):
        start()
