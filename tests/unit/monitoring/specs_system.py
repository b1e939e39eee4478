"""Alerts about processes, the path of alerts, PostgreSQL and the machine: when each must fire and when not."""

from __future__ import annotations

from tests.unit.monitoring.histories import Figures, Spec
from tests.unit.monitoring.spec_words import at_once, brief, each, fixed, lasting, these

from tixmaster.stack.monitoring import series

DISK_RATIO, DISK = (f'{name}{{disk="/"}}' for name in (series.HOST_DISK_FREE_RATIO, series.HOST_DISK_FREE))


APPLICATION = (
    Spec(
        alert="DbPoolSaturated",
        severity="warning",
        good=fixed(ticketing_db_pool_waiting=0),
        bad=fixed(ticketing_db_pool_waiting=1),
        hold=brief,
    ),
    Spec(
        alert="FileDescriptorsHigh",
        severity="warning",
        good=fixed(process_open_fds=100, process_max_fds=1000),
        bad=fixed(process_open_fds=801, process_max_fds=1000),
        spared=(fixed(process_open_fds=800), fixed(process_max_fds=0)),
        hold=lasting,
    ),
)


def rule_failures(each_window: float, seconds: float = 0) -> Figures:
    return lambda t: {
        "prometheus_rule_evaluation_failures_total": each_window / t.delivery_window,
        "prometheus_rule_group_last_duration_seconds": seconds,
        "prometheus_rule_group_interval_seconds": 5,
    }


def notifications(failed: float, oncall: float = 1) -> Figures:
    return lambda t: {
        'alertmanager_notifications_failed_total{integration="webhook"}': failed / t.delivery_window,
        f'{series.UP}{{service="oncall"}}': oncall,
    }


def rejected(each_window: float) -> Figures:
    return lambda t: {f'{series.REJECTED}{{reason="not-a-webhook"}}': each_window / t.delivery_window}


PIPELINE = (
    Spec(
        alert="PrometheusRuleFailures",
        severity="critical",
        good=rule_failures(0),
        bad=rule_failures(5),
        hold=brief,
        tail=lambda t: t.delivery_window,
    ),
    Spec(
        alert="PrometheusRuleFailures",
        severity="critical",
        good=rule_failures(0, 1),
        bad=rule_failures(0, 5.1),
        spared=(rule_failures(0, 5),),
        hold=brief,
    ),
    Spec(
        alert="PrometheusNotConnectedToAlertmanager",
        severity="critical",
        good=fixed(prometheus_notifications_alertmanagers_discovered=1),
        bad=fixed(prometheus_notifications_alertmanagers_discovered=0),
        hold=brief,
    ),
    *(
        Spec(
            alert="ConfigReloadFailed",
            severity="warning",
            good=these({f"{server}_config_last_reload_successful": 1}),
            bad=these({f"{server}_config_last_reload_successful": 0}),
            hold=brief,
        )
        for server in ("prometheus", "alertmanager")
    ),
    Spec(
        alert="AlertmanagerNotificationsFailing",
        severity="critical",
        good=notifications(0),
        bad=notifications(2.2),
        spared=(notifications(1.8), notifications(2.2, 0)),
        hold=at_once,
        lead=lambda t: t.delivery_window,
        tail=lambda t: t.delivery_window,
    ),
    *(
        Spec(
            alert="OncallBacklog",
            severity="warning",
            good=these({name: 0}),
            bad=these({name: limit + 1}),
            spared=(these({name: limit}),),
            hold=brief,
        )
        for name, limit in ((series.QUEUE_AGE, 30), (series.OUTBOX_AGE, 60))
    ),
    Spec(
        alert="AlertsRejected",
        severity="warning",
        good=rejected(0),
        bad=rejected(0.8),
        hold=at_once,
        tail=lambda t: t.delivery_window,
    ),
    Spec(
        alert="TooManySeries",
        severity="warning",
        good=fixed(scrape_samples_scraped=3000),
        bad=fixed(scrape_samples_scraped=10001),
        spared=(fixed(scrape_samples_scraped=10000),),
        hold=brief,
    ),
)

DATABASE = (
    Spec(
        alert="DatabaseDown",
        severity="critical",
        good=these({series.POSTGRES_UP: 1}),
        bad=these({series.POSTGRES_UP: 0}),
        hold=lambda t: t.database_down_for,
        tail=lambda t: t.database_keep,
    ),
    Spec(
        alert="ConnectionsHigh",
        severity="warning",
        good=these({series.POSTGRES_CONNECTION_RATIO: 0.2}),
        bad=these({series.POSTGRES_CONNECTION_RATIO: 0.81}),
        spared=each({series.POSTGRES_CONNECTION_RATIO: 0.8}),
        hold=lambda t: t.connections_high_for,
    ),
    Spec(
        alert="ConnectionsExhausted",
        severity="critical",
        good=these({series.POSTGRES_CONNECTION_RATIO: 0.9}),
        bad=these({series.POSTGRES_CONNECTION_RATIO: 0.97}),
        spared=each({series.POSTGRES_CONNECTION_RATIO: 0.96}),
        hold=lambda t: t.connections_exhausted_for,
    ),
    Spec(
        alert="LongTransaction",
        severity="warning",
        good=these({series.POSTGRES_LONGEST_TRANSACTION: 1}),
        bad=these({series.POSTGRES_LONGEST_TRANSACTION: 301}),
        spared=each({series.POSTGRES_LONGEST_TRANSACTION: 300}),
        hold=lambda t: t.transaction_for,
    ),
    Spec(
        alert="Deadlocks",
        severity="warning",
        good=these({series.POSTGRES_DEADLOCKS: 0}),
        bad=these({series.POSTGRES_DEADLOCKS: 3}),
        spared=each({series.POSTGRES_DEADLOCKS: 2.9}),
        hold=at_once,
    ),
    Spec(
        alert="RollbackRatioHigh",
        severity="warning",
        good=these({series.POSTGRES_ROLLBACK_RATIO: 0.01, series.POSTGRES_TRANSACTIONS: 500}),
        bad=these({series.POSTGRES_ROLLBACK_RATIO: 0.11, series.POSTGRES_TRANSACTIONS: 100}),
        spared=each({series.POSTGRES_ROLLBACK_RATIO: 0.1}, {series.POSTGRES_TRANSACTIONS: 99}),
        hold=lambda t: t.rollback_for,
    ),
    Spec(
        alert="DiskWillFill",
        severity="warning",
        good=these({DISK_RATIO: 0.3}),
        bad=these({DISK_RATIO: 0.049}),
        spared=each({DISK_RATIO: 0.05}),
        hold=lambda t: t.disk_for,
    ),
)
