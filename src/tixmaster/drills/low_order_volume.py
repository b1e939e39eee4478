"""Order requests hang for ever while visitors keep coming: no request fails, and no order comes in."""

from __future__ import annotations

import httpx

from tixmaster.drills.drill import Drill, DrillError
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Prometheus

SECONDS = 5.0
ENOUGH_ORDERS = 40.0
"""So many expected orders in the rule's window leave no doubt that a stop will show."""


def _hang_orders(config: Config) -> None:
    _ask(config, "POST", "/api/fault/timeout?route=orders")


def _let_go(config: Config) -> None:
    _ask(config, "DELETE", "/api/fault")


def _ask(config: Config, method: str, path: str) -> None:
    try:
        answer = httpx.request(method, config.url("backend", path), timeout=SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise UnreachableError(
            f"the backend does not answer {method} {path}: {error or type(error).__name__}"
        ) from error
    if answer.is_error:
        raise DrillError(
            f"the backend refuses {method} {path} ({answer.status_code} {answer.text[:200]}): "
            "set fault_endpoints = true in tixmaster.toml and run `tix up`"
        )


def _has_baseline(prometheus: Prometheus) -> bool:
    return bool(
        prometheus.query(f'{series.ORDERS_SHORT.expected_while_up}{{service="{series.SERVICE}"}} >= {ENOUGH_ORDERS}')
    )


DRILL = Drill(
    name="low-order-volume",
    title="order requests hang while visitors keep coming",
    cause="order-api-hangs",
    service="backend",
    inject=_hang_orders,
    restore=_let_go,
    ready=_has_baseline,
)
