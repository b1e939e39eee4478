"""What Prometheus says of the services before and after an act: whether they answer, how many requests fail, what is sold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.stack.config import Timing
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring import series, sli
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.timings import PROFILES
from tixmaster.stack.said import Said, joined

PROMETHEUS_SECONDS = 2.0
SCRAPES = 4
"""A window holds so many scrapes: `increase()` needs two that are not lost, and the time before the act must leave it."""
ENOUGH_REQUESTS = 5.0
"""Fewer say nothing about how many fail."""
TOLERATED = 0.05
"""The share of failed requests that counts as gone: other troubles and those that were under way leave some."""

Name = Literal["up", "error_ratio", "orders_per_min"]
Verdict = Literal["confirmed", "contradicted", "unmeasured"]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one service: 1 or 0 for `up`, a share for `error_ratio`, confirmed orders for `orders_per_min`."""

    service: str
    name: Name
    value: float


def take(desk: Desk, services: Collection[str], timing: Timing) -> list[Reading] | None:
    """The figures as they are now; None where Prometheus does not answer. What is not measured is left out."""
    readings: list[Reading] = []
    try:
        with Prometheus(desk.config.url("prometheus"), timeout=PROMETHEUS_SECONDS) as prometheus:
            for service, name, expr in _queries(desk, services, timing):
                found = prometheus.query(expr)
                if found and found[0].last == found[0].last:  # NaN is no figure
                    readings.append(Reading(service=service, name=name, value=round(found[0].last, 4)))
    except StackError:
        return None
    return readings


def judge(readings: list[Reading] | None) -> Verdict:
    """Whether the figures say that the trouble is over. Orders prove life; that none come is no proof of trouble."""
    if not readings:
        return "unmeasured"
    if any(one.name == "up" and one.value < 1 for one in readings):
        return "contradicted"
    if any(one.name == "error_ratio" and one.value > TOLERATED for one in readings):
        return "contradicted"
    return "confirmed"


def window_seconds(timing: Timing) -> float:
    """How long after an act the figures still speak of the time before."""
    return float(SCRAPES * PROFILES[timing].scrape)


def told(readings: list[Reading]) -> Said:
    """The figures in words."""
    figures = (joined([one.service, _WORDS[one.name].filled(value=one.value)], " ", " ") for one in readings)
    return joined(figures, ", ", "，")


_WORDS: dict[Name, Said] = {
    "up": Said("up {value:.0f}", "存活 {value:.0f}"),
    "error_ratio": Said("{value:.1%} errors", "錯誤率 {value:.1%}"),
    "orders_per_min": Said("{value:.0f} orders/min", "每分鐘訂單 {value:.0f}"),
}


def _queries(desk: Desk, services: Collection[str], timing: Timing) -> Iterator[tuple[str, Name, str]]:
    window = f"[{window_seconds(timing):.0f}s]"
    scraped = [name for name in sli.scraped(desk.config) if name in services]
    for service in scraped:
        yield service, "up", f"max({series.ANSWERS}{{{sli.braces({'service': service})}}})"
    for source in sli.http(desk.config):
        if source.service in services:
            failed, judged = (
                f"sum(increase({source.requests}{{{where}}}{window}))" for where in (source.failed, source.judged)
            )
            yield source.service, "error_ratio", f"({failed} or vector(0)) / ({judged} >= {ENOUGH_REQUESTS:g})"
    for seller in sli.orders(desk.config):
        if seller.service in services:
            yield seller.service, "orders_per_min", f"60 * sum(rate({seller.counter}{{{seller.confirmed}}}{window}))"
