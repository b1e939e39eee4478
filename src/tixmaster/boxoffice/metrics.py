"""What the box office counts, beyond HTTP: orders, stock and database connections."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from tixmaster.boxoffice.database.pool import Database
from tixmaster.telemetry.metrics import HttpMetrics

OUTCOMES: Final = ("confirmed", "declined", "failed", "expired")


class BoxOfficeMetrics:
    """All metrics of the process, in one registry. The synthetic shopper's orders are in none but the HTTP ones."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.http = HttpMetrics(registry)
        self.orders = Counter(
            "ticketing_orders",
            "Orders by outcome: confirmed when the seats are taken, declined when there is a reason not to sell.",
            ("outcome",),
            registry=registry,
        )
        for outcome in OUTCOMES:
            self.orders.labels(outcome)
        self.sales_open = Gauge("ticketing_sales_open", "Ticket types on sale that have seats left.", registry=registry)
        self.oversold_seats = Gauge(
            "ticketing_oversold_seats",
            "Seats sold beyond those there are; anything but 0 is a fault.",
            registry=registry,
        )

    def watch_pool(self, database: Database) -> None:
        """Shows the pool's state at every scrape."""
        shown = {
            "in_use": ("Database connections lent to requests.", lambda: database.in_use),
            "size": ("Database connections open.", lambda: database.size),
            "waiting": ("Requests waiting for a database connection.", lambda: database.waiting),
        }
        for name, (documentation, value) in shown.items():
            Gauge(f"ticketing_db_pool_{name}", documentation, registry=self.registry).set_function(value)
