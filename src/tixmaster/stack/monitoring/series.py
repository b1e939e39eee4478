"""The names that rules and panels share: what services export, and what the recording rules make of it.

Recorded names carry no durations: the two timing profiles record under the same name, so that panels, runbooks and
drills need not know which profile is in force.
"""

from __future__ import annotations

from dataclasses import dataclass

SERVICE = "backend"
"""Our box office. Requests are judged of every service that `sli.py` knows how to count."""

REQUESTS = "http_server_request_duration_seconds_count"
ORDERS = "ticketing_orders_total"
SALES_OPEN = "ticketing_sales_open"
PAYMENTS = "ticketing_payments_total"
OVERSOLD = "ticketing_oversold_seats"
STOCK_DIFFERENCES = "ticketing_stock_differences"
OLDEST_EXPIRED_HOLD = "ticketing_oldest_expired_hold_age_seconds"
PROBE_SUCCESS = "ticketing_probe_last_success_timestamp_seconds"
POOL_WAITING = "ticketing_db_pool_waiting"
ORDERS_WAITING = "ticketing_orders_waiting"
SEATS = "ticketing_seats"
MONEY = "ticketing_money_total"

UNJUDGED_ROUTES = "/metrics|/health.*|/api/fault.*|/api/crash|/api/slow"
"""Routes that say nothing about what visitors get: probes, scrapes and injected faults."""

VISITORS = 'http_request_method="GET",http_route="/api/events"'
CONFIRMED = f'service="{SERVICE}",outcome="confirmed"'

QUEUE_AGE = "oncall_queue_oldest_age_seconds"
REJECTED = "oncall_alerts_rejected_total"
"""Alerts that on-call refused or could not decide on, by reason."""
OUTBOX_AGE = "oncall_outbox_oldest_age_seconds"
WATCHDOG_AT = "oncall_watchdog_last_received_timestamp_seconds"
STAGE_BUCKETS = "oncall_stage_duration_seconds_bucket"
CHECKOUTS = "oncall_checkouts_total"
"""Test purchases of on-call's synthetic shopper by outcome (`ok`, `failed`)."""
DRILL_IN_FORCE = "oncall_drill_in_force"
"""1 while a drill is announced to on-call."""

CALENDAR_FROM = "oncall_calendar_from_timestamp_seconds"
CALENDAR_UNTIL = "oncall_calendar_until_timestamp_seconds"
"""The rows of `[[calendar]]`, from on-call: labels `row`, `kind` and `title`."""

DRILL_ENDED = "oncall_drill_last_ended_timestamp_seconds"
"""When the last drill was over, from on-call; its errors are no trouble."""

ANSWERS = "instance:up:answers"
"""1 for an instance that answers a scrape, be it with more series than are taken; 0 for one that does not."""
UP = "service:up:max"
HTTP_PRESENT = "service:http_metrics:present"
REQUEST_RATE = "service_class:http_requests:rate"
REQUESTS_SHORT = "service:http_requests:increase_short"
REQUESTS_LONG = "service:http_requests:increase_long"
ERRORS_SHORT = "service:http_errors:increase_short"
ERRORS_LONG = "service:http_errors:increase_long"
ERROR_RATIO = "service:http_error_ratio:short"
LATENCY_P95 = "service:http_latency_seconds:p95"
VISIT_RATE = "service:visits:rate"

REQUESTS_COUNTED = "service:http_requests:counted"
"""Requests of one interval of the group `slo`, without drills: what its long windows are summed up from."""
ERRORS_COUNTED = "service:http_errors:counted"
TIER_SHORT = "service_tier:http_error_ratio:short"
"""The share of failed requests in the short window of a burn tier, labelled `tier`; absent below the gate."""
TIER_LONG = "service_tier:http_error_ratio:long"
MONTH_REQUESTS = "service:http_requests:month"
BUDGET_SPENT = "service:error_budget:spent"
"""The part of the 30 days' error budget that is spent; 1 is all of it."""


@dataclass(frozen=True, kw_only=True)
class OrderWindow:
    """What is recorded of the orders of one window: how many came, came in earlier weeks, are expected; failed requests."""

    count: str
    of_week: str
    expected: str
    expected_while_up: str
    error_ratio: str


ORDERS_SHORT = OrderWindow(
    count="service:orders:increase",
    of_week="service_week:orders:increase",
    expected="service:orders:expected",
    expected_while_up="service:orders:expected_while_up",
    error_ratio="service:http_error_ratio:orders",
)
ORDERS_LONG = OrderWindow(
    count="service:orders:increase_long",
    of_week="service_week:orders:increase_long",
    expected="service:orders:expected_long",
    expected_while_up="service:orders:expected_while_up_long",
    error_ratio="service:http_error_ratio:orders_long",
)
ORDERS_PER_MINUTE = "service:orders:per_minute"
ORDERS_EXPECTED_PER_MINUTE = "service:orders:expected_per_minute"

ORDERS_BY_OUTCOME = "service_outcome:orders:per_minute"
PAYMENTS_BY_OUTCOME = "service_outcome:payments:per_minute"
MONEY_PER_MINUTE = "service_kind:money:per_minute"

POSTGRES_UP = "service:postgres_up:max"
"""1 while PostgreSQL takes a log-in and answers, whoever measures it (on-call, or a postgres_exporter)."""
POSTGRES_CONNECTIONS = "service_state:postgres_connections:sum"
POSTGRES_CONNECTIONS_MAX = "service:postgres_connections_max:max"
POSTGRES_CONNECTION_RATIO = "service:postgres_connections:ratio"
"""Part of the permitted connections in use; 1 where a log-in was refused because all are taken."""
POSTGRES_LONGEST_TRANSACTION = "service:postgres_longest_transaction_seconds:max"
POSTGRES_LOCKS_WAITING = "service:postgres_locks_waiting:max"
"""Sessions that wait for a lock; from on-call only, as postgres_exporter does not tell waiting from held locks."""
POSTGRES_DEADLOCKS = "service:postgres_deadlocks:increase"
POSTGRES_COMMIT_RATE = "service:postgres_commits:rate"
POSTGRES_ROLLBACK_RATE = "service:postgres_rollbacks:rate"
POSTGRES_TRANSACTIONS = "service:postgres_transactions:increase"
POSTGRES_ROLLBACK_RATIO = "service:postgres_rollbacks:ratio"
POSTGRES_CACHE_HIT_RATIO = "service:postgres_cache_hit:ratio"
POSTGRES_SIZE = "service_database:postgres_size_bytes:max"

HOST_DISK_FREE = "service_disk:host_disk_free_bytes:max"
"""By `disk`: the mount point where on-call measures, the device where node_exporter does."""
HOST_DISK_FREE_RATIO = "service_disk:host_disk_free:ratio"
HOST_CPU_BUSY_RATIO = "service:host_cpu_busy:ratio"
HOST_MEMORY_AVAILABLE_RATIO = "service:host_memory_available:ratio"
