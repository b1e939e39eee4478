"""What the box office counts, beyond HTTP: orders, stock and database connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from tixmaster import __version__
from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.identity import Caller
from tixmaster.telemetry.metrics import HttpMetrics

PAYMENT_OUTCOMES: Final = ("succeeded", "failed", "late", "refunded", "refund_failed")
OUTCOMES: Final = ("confirmed", "declined", "failed", "expired")
MONEY_KINDS: Final = ("ordered", "received", "given_back")
SEAT_STATES: Final = ("sold", "held", "left")


class BoxOfficeMetrics:
    """All metrics of the process, in one registry. The synthetic shopper's orders are in none but the HTTP ones."""

    def __init__(self, registry: CollectorRegistry, release: str = __version__) -> None:
        self.registry = registry
        self.http = HttpMetrics(registry, release)
        self.orders = Counter(
            "ticketing_orders",
            "Orders by outcome: confirmed when the seats are taken, declined when there is a reason not to sell.",
            ("outcome",),
            registry=registry,
        )
        self.order_outcome: Final = {outcome: self.orders.labels(outcome) for outcome in OUTCOMES}
        self.payments = Counter(
            "ticketing_payments",
            "Payments by provider and outcome; `late` ones came when the seats were gone and are given back.",
            ("provider", "outcome"),
            registry=registry,
        )
        self._money = Counter(
            "ticketing_money",
            "Money in whole units of the currency: ordered (confirmed orders), received, given back.",
            ("currency", "kind"),
            registry=registry,
        )
        self._currency = ""
        self._seats = Gauge(
            "ticketing_seats",
            "Seats of the events ahead by state; the events with most seats by themselves, the rest as one.",
            ("event_id", "event", "state"),
            registry=registry,
        )
        self._seats_shown: set[tuple[str, str, str]] = set()
        self.sales_open = Gauge("ticketing_sales_open", "Ticket types on sale that have seats left.", registry=registry)
        self.oldest_expired_hold = Gauge(
            "ticketing_oldest_expired_hold_age_seconds",
            "How long ago the oldest hold ran out whose seats have not come back; 0 when there is none.",
            registry=registry,
        )
        self.stock_differences = Gauge(
            "ticketing_stock_differences",
            "Ticket types whose stock, held and sold seats do not make up their total; anything but 0 is a fault.",
            registry=registry,
        )
        self.probe_success = Gauge(
            "ticketing_probe_last_success_timestamp_seconds",
            "When the synthetic shopper last bought and gave back a ticket.",
            registry=registry,
        )
        self.oversold_seats = Gauge(
            "ticketing_oversold_seats",
            "Seats sold beyond those there are; anything but 0 is a fault.",
            registry=registry,
        )

    def start_payments(self, provider: str, currency: str) -> None:
        """Creates the series of the provider and the currency (ISO 4217) in use."""
        self._currency = currency.upper()
        for outcome in PAYMENT_OUTCOMES:
            self.payments.labels(provider, outcome)
        for kind in MONEY_KINDS:
            self._money.labels(self._currency, kind)

    def count_money(self, kind: str, cents: int) -> None:
        """Adds an amount of one of `MONEY_KINDS`. The counter is a float: good for graphs, not for the books."""
        self._money.labels(self._currency, kind).inc(cents / 100)

    def show_seats(self, events: Iterable[tuple[str, str, dict[str, int]]]) -> None:
        """Shows `(id, title, seats by state)` of these events and of no others."""
        shown = set()
        for number, title, seats in events:
            for state in SEAT_STATES:
                self._seats.labels(number, title, state).set(seats[state])
                shown.add((number, title, state))
        # One by one, not all at first: a scrape that comes in between must not find nothing.
        for former in self._seats_shown - shown:
            self._seats.remove(*former)
        self._seats_shown = shown

    def watch_line(self, waiting: Callable[[], int]) -> None:
        """Shows at every scrape how many orders wait for their turn."""
        Gauge(
            "ticketing_orders_waiting", "Orders that wait in line to be served.", registry=self.registry
        ).set_function(waiting)

    def note_probe(self, caller: Caller) -> None:
        """The synthetic shopper has given its ticket back: the whole way works."""
        if caller.is_probe:
            self.probe_success.set_to_current_time()

    def watch_pool(self, database: Database) -> None:
        """Shows the pool's state at every scrape."""
        shown = {
            "in_use": ("Database connections lent to requests.", lambda: database.in_use),
            "size": ("Database connections open.", lambda: database.size),
            "waiting": ("Requests waiting for a database connection.", lambda: database.waiting),
        }
        for name, (documentation, value) in shown.items():
            Gauge(f"ticketing_db_pool_{name}", documentation, registry=self.registry).set_function(value)
