"""What dashboards draw of counters: rates over the profile's window, so that a panel need not know the profile."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.model import Group, Recording
from tixmaster.stack.monitoring.timings import MINUTE, Timings, span


def group(_config: Config, timings: Timings) -> Group:
    """The rules of `boards.yml`."""
    window = span(timings.rate_window)

    def per_minute(counter: str, *by: str) -> str:
        return f"sum by ({', '.join(('env', 'service', *by))}) (rate({counter}[{window}])) * {MINUTE}"

    return Group(
        name="boards",
        rules=(
            Recording(name=series.ORDERS_BY_OUTCOME, expr=per_minute(series.ORDERS, "outcome")),
            Recording(name=series.PAYMENTS_BY_OUTCOME, expr=per_minute(series.PAYMENTS, "outcome")),
            Recording(name=series.MONEY_PER_MINUTE, expr=per_minute(series.MONEY, "currency", "kind")),
        ),
    )
