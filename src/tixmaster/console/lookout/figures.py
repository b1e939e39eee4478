"""What Prometheus says of the present: requests of each service, orders, and what is on sale."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Prometheus

SECONDS = 2.0
FAILING = 0.01
"""The share of failed requests from which on a service counts as in trouble here; the alerts have finer rules."""
EVENTS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class OnSale:
    """An event whose tickets are being sold: seats by state."""

    title: str
    sold: int
    left: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """By service, where a service has the figure: requests a second, their 95th percentile (seconds), failed share."""

    requests: Mapping[str, float] = field(default_factory=dict)
    latency: Mapping[str, float] = field(default_factory=dict)
    failing: Mapping[str, float] = field(default_factory=dict)
    orders: float | None = None
    """A minute, with what is usual at this time."""
    usual_orders: float | None = None
    sales_open: int | None = None
    """Ticket types that are on sale and have seats left."""
    on_sale: tuple[OnSale, ...] = ()


def ask(config: Config) -> Figures:
    """Asks Prometheus; raises `StackError` where it is away or refuses."""
    with Prometheus(config.url("prometheus"), timeout=SECONDS) as prometheus:
        requests = _by_service(prometheus, f"sum by (service) ({series.REQUEST_RATE})")
        open_now = _one(prometheus, f"max({series.SALES_OPEN})")
        return Figures(
            requests=requests,
            latency=_by_service(prometheus, f"max by (service) ({series.LATENCY_P95})"),
            failing=_by_service(prometheus, f"max by (service) ({series.ERROR_RATIO})"),
            orders=_one(prometheus, f"sum({series.ORDERS_PER_MINUTE})"),
            usual_orders=_one(prometheus, f"sum({series.ORDERS_EXPECTED_PER_MINUTE})"),
            sales_open=None if open_now is None else int(open_now),
            on_sale=_on_sale(prometheus) if open_now else (),
        )


def telling(figures: Figures) -> Hashable:
    """What of it matters at once: who fails, and whether anything is on sale. Rates change all the time."""
    ill = frozenset(name for name, share in figures.failing.items() if share >= FAILING)
    return ill, figures.sales_open, tuple(one.title for one in figures.on_sale)


def _on_sale(prometheus: Prometheus) -> tuple[OnSale, ...]:
    """The events with seats left, those that sold most first."""
    seats: dict[str, dict[str, float]] = {}
    for found in prometheus.query(f"max by (event, state) ({series.SEATS})"):
        seats.setdefault(found.labels.get("event", ""), {})[found.labels.get("state", "")] = found.last
    events = [
        OnSale(title=title, sold=int(states.get("sold", 0)), left=int(states.get("left", 0)))
        for title, states in seats.items()
    ]
    ahead = sorted((one for one in events if one.left > 0), key=lambda one: (-one.sold, one.title))
    return tuple(ahead[:EVENTS_SHOWN])


def _by_service(prometheus: Prometheus, expr: str) -> dict[str, float]:
    found = ((one.labels.get("service", ""), one.last) for one in prometheus.query(expr))
    return {service: value for service, value in found if service and math.isfinite(value)}


def _one(prometheus: Prometheus, expr: str) -> float | None:
    found = next(iter(prometheus.query(expr)), None)
    return found.last if found and math.isfinite(found.last) else None
