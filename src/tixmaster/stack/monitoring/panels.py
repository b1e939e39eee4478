"""The panels that people and reports look at: what each shows, in which unit, and where trouble begins.

An id is part of links that outlive a release (`panelId=` in alerts, records and mails): never reuse or renumber one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tixmaster.stack.monitoring import objectives, series

DASHBOARD_UID = "tixmaster-overview"

Unit = Literal["req/s", "ratio", "seconds", "orders/min", "instances"]


@dataclass(frozen=True, kw_only=True)
class Query:
    """One line of a panel: an expression and its legend, in which `{{label}}` stands for a label's value."""

    expr: str
    legend: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One graph. `threshold` is the value at which its objective is broken, in the panel's unit."""

    id: int
    uid: str
    title: str
    title_zh: str
    unit: Unit
    queries: tuple[Query, ...]
    threshold: float | None = None
    threshold_is_floor: bool = False
    """Whether trouble lies below the threshold instead of above it."""


def _of_service(name: str) -> str:
    return f'{name}{{service="{series.SERVICE}"}}'


REQUEST_RATE = Panel(
    id=1,
    uid="request-rate",
    title="Requests by status class",
    title_zh="請求速率（依狀態碼類別）",
    unit="req/s",
    queries=(Query(expr=_of_service(series.REQUEST_RATE), legend="{{class}}"),),
)
ERROR_RATIO = Panel(
    id=2,
    uid="error-ratio",
    title="Share of failed requests (5xx)",
    title_zh="錯誤率（5xx）",
    unit="ratio",
    queries=(Query(expr=_of_service(series.ERROR_RATIO), legend="5xx"),),
    threshold=objectives.FAST_BURN * objectives.ERROR_BUDGET,
)
LATENCY = Panel(
    id=3,
    uid="latency-p95",
    title="Latency, 95th percentile",
    title_zh="延遲（第 95 百分位）",
    unit="seconds",
    queries=(Query(expr=_of_service(series.LATENCY_P95), legend="p95"),),
    threshold=objectives.LATENCY_P95_SECONDS,
)
ORDERS = Panel(
    id=4,
    uid="orders",
    title="Orders and what is usual at this time",
    title_zh="訂單量與同時段預期",
    unit="orders/min",
    queries=(
        Query(expr=_of_service(series.ORDERS_PER_MINUTE), legend="orders"),
        Query(expr=_of_service(series.ORDERS_EXPECTED_PER_MINUTE), legend="expected"),
    ),
)
VISITORS = Panel(
    id=5,
    uid="visitors",
    title="Visitors (event list)",
    title_zh="訪客（活動列表）",
    unit="req/s",
    queries=(Query(expr=_of_service(series.VISIT_RATE), legend="GET /api/events"),),
)
INSTANCES = Panel(
    id=6,
    uid="instances-up",
    title="Instances that answer",
    title_zh="存活的實例數",
    unit="instances",
    queries=(Query(expr="sum by (service) (up)", legend="{{service}}"),),
    threshold=1,
    threshold_is_floor=True,
)

PANELS: tuple[Panel, ...] = (REQUEST_RATE, ERROR_RATIO, LATENCY, ORDERS, VISITORS, INSTANCES)

_OF_ALERT: dict[str, tuple[Panel, ...]] = {
    "InstanceDown": (INSTANCES, REQUEST_RATE, ORDERS),
    "HighErrorRate": (ERROR_RATIO, REQUEST_RATE, LATENCY, ORDERS),
    "LowOrderVolume": (ORDERS, VISITORS, REQUEST_RATE, LATENCY),
    "ServiceDown": (INSTANCES, REQUEST_RATE, ORDERS),
    "ErrorBudgetBurnSlow": (ERROR_RATIO, REQUEST_RATE),
    "ErrorBudgetExhausted": (ERROR_RATIO, REQUEST_RATE),
    "HighLatency": (LATENCY, REQUEST_RATE, ERROR_RATIO),
    "SyntheticCheckoutFailing": (ORDERS, ERROR_RATIO, LATENCY),
    "HttpMetricsAbsent": (REQUEST_RATE, INSTANCES),
    "OrderSuccessRatioLow": (ORDERS, ERROR_RATIO, VISITORS),
    "PaymentFailureRateHigh": (ORDERS, ERROR_RATIO),
    "OversellDetected": (ORDERS,),
    "ReservationBacklogStuck": (ORDERS,),
    "DbPoolSaturated": (LATENCY, REQUEST_RATE),
    "InstanceRestarting": (INSTANCES, REQUEST_RATE),
    "FileDescriptorsHigh": (REQUEST_RATE, INSTANCES),
    "Watchdog": (INSTANCES,),
    "PrometheusRuleFailures": (INSTANCES,),
    "PrometheusNotConnectedToAlertmanager": (INSTANCES,),
    "ConfigReloadFailed": (INSTANCES,),
    "AlertmanagerNotificationsFailing": (INSTANCES,),
    "OncallBacklog": (INSTANCES,),
    "TooManySeries": (INSTANCES, REQUEST_RATE),
    "AlertUnattended": (INSTANCES,),
}


def panels_for(alertname: str) -> tuple[Panel, ...]:
    """The panels that prove or refute an alert, the telling one first; an unknown alert gets all of them."""
    return _OF_ALERT.get(alertname, PANELS)
