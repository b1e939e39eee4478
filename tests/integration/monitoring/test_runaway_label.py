"""A label whose values have no end: the monitoring says so, and says nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.prometheus import SERIES_LIMIT

from .conftest import eventually

if TYPE_CHECKING:
    from .conftest import Stack


def last(stack: Stack, expr: str) -> float | None:
    found = stack.prometheus.query(expr)
    return found[0].last if found else None


def active(stack: Stack) -> dict[str, str]:
    """The backend's alerts by name, pending or firing."""
    alerts = stack.prometheus.alerts()
    return {alert.labels["alertname"]: alert.state for alert in alerts if alert.labels.get("service") == "backend"}


def test_twenty_thousand_series_ring_as_such_and_a_dropped_scrape_is_no_outage(stack: Stack) -> None:
    """Both are told by TooManySeries; the service counts as up, because it answers."""

    def runaway(count: int) -> bytes:
        return b"".join(b'visits_total{visitor="%d"} 1\n' % number for number in range(count))

    stack.backend.noise = runaway(20_000)
    eventually(lambda: active(stack).get("TooManySeries") == "firing", within=120)
    assert "InstanceDown" not in active(stack)
    stack.backend.noise = runaway(SERIES_LIMIT + 1000)
    eventually(lambda: last(stack, 'up{service="backend"}') == 0, within=120)
    eventually(lambda: (last(stack, 'scrape_samples_scraped{service="backend"}') or 0) > SERIES_LIMIT, within=120)
    eventually(lambda: "HttpMetricsAbsent" in active(stack), within=120)
    assert last(stack, f'{series.UP}{{service="backend"}}') == 1
    assert "InstanceDown" not in active(stack)
    stack.backend.noise = b""
    eventually(lambda: not active(stack), within=120)
