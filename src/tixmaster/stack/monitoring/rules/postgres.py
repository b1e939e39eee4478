"""Is PostgreSQL well? What on-call or a postgres_exporter says of it under one set of names, then the alerts.

Each recording names both sources; only one of them is scraped (`[monitoring]` in tixmaster.toml). The exporter's names
are those of 0.11 (Debian 12) and of the versions since. It counts autovacuum workers among the connections, as its
query does not tell them from clients.
"""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import Text, annotate
from tixmaster.stack.monitoring.rules.expressions import lines, ratio
from tixmaster.stack.monitoring.timings import Timings, span

LABELS = {"team": "platform"}


def group(config: Config, timings: Timings) -> Group:
    """The rules of `postgres.yml`."""
    return Group(
        name="postgres",
        rules=(
            *_state(),
            *_counts(timings),
            _database_down(config, timings),
            *_connections(config, timings),
            *_transactions(config, timings),
        ),
    )


def _max(expr: str, *labels: str) -> str:
    return f"max by ({', '.join(('env', 'service', *labels))}) ({expr})"


def _increase(ours: str, theirs: str, window: str, function: str = "increase") -> str:
    """Of a counter: for each database first, so that a database that is dropped is no reset of a sum."""
    return f"sum by (env, service) ({function}({ours}[{window}]) or {function}({theirs}[{window}]))"


def _state() -> tuple[Recording, ...]:
    used = f"sum by (env, service) ({series.POSTGRES_CONNECTIONS})"
    refused = f"{_max('postgres_connections_refused')} == 1"
    size = 'label_replace(pg_database_size_bytes, "database", "$1", "datname", "(.*)")'
    return (
        Recording(name=series.POSTGRES_UP, expr=_max("postgres_up or pg_up")),
        Recording(
            name=series.POSTGRES_CONNECTIONS,
            expr="sum by (env, service, state) (postgres_connections or pg_stat_activity_count)",
        ),
        Recording(
            name=series.POSTGRES_CONNECTIONS_MAX, expr=_max("postgres_connections_max or pg_settings_max_connections")
        ),
        Recording(
            name=series.POSTGRES_CONNECTION_RATIO,
            expr=f"{ratio(used, series.POSTGRES_CONNECTIONS_MAX)} or {refused}",
        ),
        Recording(
            name=series.POSTGRES_LONGEST_TRANSACTION,
            expr=_max("postgres_longest_transaction_seconds or pg_stat_activity_max_tx_duration"),
        ),
        Recording(name=series.POSTGRES_LOCKS_WAITING, expr=_max("postgres_locks_waiting")),
        Recording(name=series.POSTGRES_SIZE, expr=_max(f"postgres_database_size_bytes or {size}", "database")),
    )


def _counts(timings: Timings) -> tuple[Recording, ...]:
    rate, window = span(timings.rate_window), span(timings.rollback_window)
    commits = ("postgres_commits_total", "pg_stat_database_xact_commit")
    rollbacks = ("postgres_rollbacks_total", "pg_stat_database_xact_rollback")
    deadlocks = ("postgres_deadlocks_total", "pg_stat_database_deadlocks")
    hit = _increase("postgres_blocks_hit_total", "pg_stat_database_blks_hit", rate, "rate")
    read = _increase("postgres_blocks_read_total", "pg_stat_database_blks_read", rate, "rate")
    return (
        Recording(name=series.POSTGRES_COMMIT_RATE, expr=_increase(*commits, rate, "rate")),
        Recording(name=series.POSTGRES_ROLLBACK_RATE, expr=_increase(*rollbacks, rate, "rate")),
        Recording(name=series.POSTGRES_CACHE_HIT_RATIO, expr=ratio(hit, f"({hit} + {read})")),
        Recording(
            name=series.POSTGRES_TRANSACTIONS,
            expr=f"{_increase(*commits, window)} + {_increase(*rollbacks, window)}",
        ),
        Recording(
            name=series.POSTGRES_ROLLBACK_RATIO,
            expr=ratio(_increase(*rollbacks, window), series.POSTGRES_TRANSACTIONS),
        ),
        Recording(name=series.POSTGRES_DEADLOCKS, expr=_increase(*deadlocks, span(timings.deadlock_window))),
    )


def _database_down(config: Config, timings: Timings) -> Alert:
    """Only a measurement says so: who measures is away, knows nothing, and has alerts of its own."""
    return Alert(
        name="DatabaseDown",
        expr=f"{series.POSTGRES_UP} == 0",
        hold=timings.database_down_for,
        keep=timings.database_keep,
        severity="critical",
        labels=LABELS,
        annotations=annotate(
            config,
            "DatabaseDown",
            summary=Text(en="PostgreSQL does not answer", zh="PostgreSQL 沒有回應"),
            description=Text(
                en=f"For {span(timings.database_down_for)} PostgreSQL has taken no log-in or answered no query: it is "
                "gone, hangs, or refuses. Nothing can be sold.",
                zh=f"PostgreSQL 已 {span(timings.database_down_for)} 無法登入或沒有回應查詢："
                "程序已結束、停滯，或拒絕連線。目前無法售票。",
            ),
        ),
    )


def _connections(config: Config, timings: Timings) -> tuple[Alert, ...]:
    used, high, exhausted = series.POSTGRES_CONNECTION_RATIO, timings.connections_high_for, "ConnectionsExhausted"
    return (
        Alert(
            name="ConnectionsHigh",
            expr=f"{used} > {objectives.CONNECTIONS_HIGH}",
            hold=high,
            severity="warning",
            labels=LABELS,
            annotations=annotate(
                config,
                "ConnectionsHigh",
                summary=Text(
                    en="{{ $value | humanizePercentage }} of PostgreSQL's connections are in use",
                    zh="PostgreSQL 連線已使用 {{ $value | humanizePercentage }}",
                ),
                description=Text(
                    en=f"More than {objectives.CONNECTIONS_HIGH:.0%} for {span(high)}. Nothing fails yet; the next rush "
                    "may find none left.",
                    zh=f"超過 {objectives.CONNECTIONS_HIGH:.0%} 已持續 {span(high)}。目前尚無失敗，"
                    "但下一波流量可能無連線可用。",
                ),
            ),
        ),
        Alert(
            name=exhausted,
            expr=f"{used} >= {objectives.CONNECTIONS_EXHAUSTED}",
            hold=timings.connections_exhausted_for,
            severity="critical",
            labels=LABELS,
            annotations=annotate(
                config,
                exhausted,
                summary=Text(en="PostgreSQL has no connections left", zh="PostgreSQL 連線已用盡"),
                description=Text(
                    en="{{ $value | humanizePercentage }} of the connections are in use; what is left is kept for "
                    "administrators. New connections are refused.",
                    zh="連線已使用 {{ $value | humanizePercentage }}，其餘保留給管理者；新的連線會被拒絕。",
                ),
            ),
        ),
    )


def _transactions(config: Config, timings: Timings) -> tuple[Alert, ...]:
    return (
        Alert(
            name="LongTransaction",
            expr=f"{series.POSTGRES_LONGEST_TRANSACTION} > {objectives.LONG_TRANSACTION_SECONDS}",
            hold=timings.transaction_for,
            severity="warning",
            labels=LABELS,
            annotations=annotate(
                config,
                "LongTransaction",
                summary=Text(
                    en="A transaction of PostgreSQL has been open for {{ $value | humanizeDuration }}",
                    zh="PostgreSQL 有交易已開啟 {{ $value | humanizeDuration }}",
                ),
                description=Text(
                    en="Its locks hold others up, and rows that are no longer needed cannot be cleared.",
                    zh="其持有的鎖會使他人等待，失效的資料列也無法清除。",
                ),
            ),
        ),
        Alert(
            name="Deadlocks",
            expr=f"{series.POSTGRES_DEADLOCKS} >= {objectives.DEADLOCKS}",
            hold=0,
            severity="warning",
            labels=LABELS,
            annotations=annotate(
                config,
                "Deadlocks",
                summary=Text(
                    en='PostgreSQL ended {{ $value | printf "%.0f" }} transactions in deadlocks',
                    zh='PostgreSQL 因死結中止了 {{ $value | printf "%.0f" }} 筆交易',
                ),
                description=Text(
                    en=f"Within {span(timings.deadlock_window)}. Each was an error for a buyer, who can try again; so "
                    "many show that statements take their locks in different orders.",
                    zh=f"於 {span(timings.deadlock_window)} 之內。每次皆使一名買家遇到錯誤（可重試）；"
                    "次數如此之多，表示程式取鎖的順序不一。",
                ),
            ),
        ),
        Alert(
            name="RollbackRatioHigh",
            expr=lines(
                f"""
                {series.POSTGRES_ROLLBACK_RATIO} > {objectives.ROLLBACKS}
                and on (env, service) {series.POSTGRES_TRANSACTIONS} >= {objectives.MIN_TRANSACTIONS}
                """
            ),
            hold=timings.rollback_for,
            severity="warning",
            labels=LABELS,
            annotations=annotate(
                config,
                "RollbackRatioHigh",
                summary=Text(
                    en="{{ $value | humanizePercentage }} of the transactions are rolled back",
                    zh="{{ $value | humanizePercentage }} 的交易被回復",
                ),
                description=Text(
                    en=f"Of the transactions of the last {span(timings.rollback_window)}: either the code fails "
                    "half-way, or transactions end one another.",
                    zh=f"以最近 {span(timings.rollback_window)} 的交易計：可能是程式中途失敗，或交易互相中止。",
                ),
            ),
        ),
    )
