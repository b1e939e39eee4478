"""Order requests hang for ever while visitors keep coming: no request fails, and no order comes in."""

from __future__ import annotations

import httpx

from tixmaster.drills.drill import Drill, DrillError
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Prometheus

SECONDS = 5.0
ENOUGH_ORDERS = 40.0
"""So many expected orders in the rule's window leave no doubt that a stop will show."""


def _hang_orders(config: Config) -> None:
    answer = httpx.post(
        config.url("backend", "/api/fault/timeout"), params={"route": "orders"}, timeout=SECONDS, trust_env=False
    )
    if answer.is_error:
        raise DrillError(
            f"the backend refuses the fault ({answer.status_code} {answer.text[:200]}): "
            "set fault_endpoints = true in tixmaster.toml and run `tix up`"
        )


def _let_go(config: Config) -> None:
    httpx.delete(config.url("backend", "/api/fault"), timeout=SECONDS, trust_env=False)


def _has_baseline(config: Config) -> bool:
    with Prometheus(config.url("prometheus")) as prometheus:
        expected = prometheus.query(
            f'{series.ORDERS_EXPECTED_WHILE_UP}{{service="{series.SERVICE}"}} >= {ENOUGH_ORDERS}'
        )
    return bool(expected)


DRILL = Drill(
    name="low-order-volume",
    title="order requests hang while visitors keep coming",
    cause="order-api-hangs",
    service="backend",
    inject=_hang_orders,
    restore=_let_go,
    ready=_has_baseline,
)
