"""What dashboards draw of counters: rates over the profile's window, so that a panel need not know the profile."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.model import Group, Recording
from tixmaster.stack.monitoring.timings import MINUTE, Timings, span


def group(_config: Config, timings: Timings) -> Group:
    """The rules of `boards.yml`."""
    window = span(timings.rate_window)

    def rate(counter: str, *by: str, times: int = 1) -> str:
        return f"sum by (env, service{''.join(f', {name}' for name in by)}) (rate({counter}[{window}]))" + (
            f" * {times}" if times != 1 else ""
        )

    return Group(
        name="boards",
        rules=(
            Recording(name=series.ORDERS_BY_OUTCOME, expr=rate(series.ORDERS, "outcome", times=MINUTE)),
            Recording(name=series.PAYMENTS_BY_OUTCOME, expr=rate(series.PAYMENTS, "outcome", times=MINUTE)),
            Recording(name=series.MONEY_PER_MINUTE, expr=rate(series.MONEY, "currency", "kind", times=MINUTE)),
            Recording(name=series.PG_COMMIT_RATE, expr=rate(series.PG_COMMITS)),
            Recording(name=series.PG_ROLLBACK_RATE, expr=rate(series.PG_ROLLBACKS)),
        ),
    )
