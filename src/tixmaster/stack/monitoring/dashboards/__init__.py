"""The dashboards: one module each, in the order people read them. Grafana and the console draw the same definitions."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.dashboards import monitoring, oncall, overview, postgres
from tixmaster.stack.monitoring.dashboards.model import Dashboard, Panel, Query, Tile, Tone, Unit

__all__ = [
    "DASHBOARDS",
    "DASHBOARD_UID",
    "PANELS",
    "Dashboard",
    "Panel",
    "Query",
    "Tile",
    "Tone",
    "Unit",
    "dashboard_of",
    "link",
    "panels_for",
    "path_to",
]

DASHBOARDS: tuple[Dashboard, ...] = (
    overview.DASHBOARD,
    postgres.DASHBOARD,
    oncall.DASHBOARD,
    monitoring.DASHBOARD,
)
DASHBOARD_UID = overview.DASHBOARD.uid
PANELS: tuple[Panel, ...] = tuple(panel for dashboard in DASHBOARDS for panel in dashboard.all_panels)

_REQUESTS = (overview.ERROR_RATIO, overview.REQUEST_RATE, overview.LATENCY, overview.ORDERS)
_TRADE = (overview.ORDERS, overview.VISITORS, overview.REQUEST_RATE, overview.LATENCY)
_DATABASE = (postgres.TRANSACTIONS, overview.LATENCY)

_OF_ALERT: dict[str, tuple[Panel, ...]] = {
    "InstanceDown": (overview.INSTANCES, overview.REQUEST_RATE, overview.ORDERS),
    "ServiceDown": (overview.INSTANCES, overview.REQUEST_RATE, overview.ORDERS),
    "HighErrorRate": _REQUESTS,
    "ErrorBudgetBurnSlow": (overview.ERROR_RATIO, overview.BUDGET, overview.REQUEST_RATE),
    "ErrorBudgetExhausted": (overview.BUDGET, overview.ERROR_RATIO),
    "HighLatency": (overview.LATENCY, overview.QUEUE, postgres.LONGEST, postgres.PROCESSOR),
    "SyntheticCheckoutFailing": (overview.CHECKOUT, overview.ERROR_RATIO, overview.ORDERS),
    "HttpMetricsAbsent": (overview.REQUEST_RATE, overview.INSTANCES, monitoring.SAMPLES),
    "LowOrderVolume": _TRADE,
    "OrderSuccessRatioLow": (overview.OUTCOMES, overview.ORDERS, overview.ERROR_RATIO),
    "PaymentFailureRateHigh": (overview.PAYMENTS, overview.MONEY, overview.ORDERS),
    "OversellDetected": (overview.STOCK_FAULTS, overview.ORDERS),
    "ReservationBacklogStuck": (overview.EXPIRED_HOLDS, postgres.LOCKS, postgres.LONGEST),
    "DatabaseDown": (postgres.ANSWERS, overview.ERROR_RATIO, overview.ORDERS),
    "ConnectionsHigh": (postgres.CONNECTIONS, overview.POOL, postgres.LONGEST),
    "ConnectionsExhausted": (postgres.CONNECTIONS, overview.POOL, overview.ERROR_RATIO),
    "LongTransaction": (postgres.LONGEST, postgres.LOCKS),
    "Deadlocks": (postgres.LOCKS, *_DATABASE),
    "RollbackRatioHigh": (postgres.ROLLBACKS, *_DATABASE),
    "DiskWillFill": (postgres.DISK, postgres.SIZE),
    "DbPoolSaturated": (overview.POOL, postgres.CONNECTIONS, postgres.LONGEST, overview.LATENCY),
    "InstanceRestarting": (overview.UPTIME, overview.INSTANCES, postgres.MEMORY),
    "FileDescriptorsHigh": (overview.FILES, overview.REQUEST_RATE),
    "Watchdog": (monitoring.WATCHDOG,),
    "PrometheusRuleFailures": (monitoring.FAILURES, monitoring.RULES),
    "PrometheusNotConnectedToAlertmanager": (monitoring.CONNECTED, monitoring.FAILURES),
    "ConfigReloadFailed": (monitoring.RELOADS,),
    "AlertmanagerNotificationsFailing": (monitoring.NOTIFICATIONS, monitoring.FAILURES),
    "TooManySeries": (monitoring.SAMPLES, monitoring.SCRAPES),
    "OncallBacklog": (oncall.QUEUE_AGE, oncall.STAGES, oncall.INTAKE),
    "AlertsRejected": (oncall.REJECTED, oncall.INTAKE, monitoring.NOTIFICATIONS),
    "AlertUnattended": (monitoring.FIRING, oncall.INTAKE, overview.INSTANCES),
}


def panels_for(alertname: str) -> tuple[Panel, ...]:
    """The panels that prove or refute an alert, the telling one first; an unknown alert gets the golden signals."""
    return _OF_ALERT.get(alertname, (*_REQUESTS, overview.INSTANCES))


def dashboard_of(panel: Panel) -> Dashboard:
    """The dashboard on which the panel stands."""
    return next(dashboard for dashboard in DASHBOARDS if panel in dashboard.all_panels)


def path_to(panel: Panel, *, start: datetime | None = None, end: datetime | None = None) -> str:
    """The panel in the console, from its root on; with the time range if given."""
    wanted: dict[str, str | int] = {"panel": panel.id}
    if start and end:
        wanted |= {"from": _exactly(start), "to": _exactly(end)}
    return f"/dashboards/{dashboard_of(panel).uid}?{urlencode(wanted, safe=':')}"


def link(config: Config, panel: Panel) -> str:
    """The address of the panel in the console, which is there in every installation."""
    return config.link("oncall", path_to(panel))


def _exactly(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
