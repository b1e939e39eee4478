"""SOP 3.2: is the monitoring itself well? Each question has one finding, and each bad finding says what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.monitoring.server import HttpServer
from tixmaster.stack.monitoring.timings import PROFILES, Timings, span

WATCHDOG_METRIC = "oncall_watchdog_last_received_timestamp_seconds"
"""Exported by on-call: when the Watchdog last arrived (Unix seconds; 0 means never)."""

MISSED_BEATS = 3
"""So many Watchdog intervals of silence mean that the alert path is broken."""


class _Oncall(HttpServer):
    name = "on-call"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question. `advice` is what to do about a bad one; `reached` is false where nobody answered."""

    name: str
    ok: bool
    detail: str
    advice: str | None = None
    reached: bool = True


def check(config: Config) -> tuple[Finding, ...]:
    """Asks Prometheus, Alertmanager and on-call; never raises for a server that is down, as that is a finding."""
    timings = PROFILES[config.timing]
    with (
        Prometheus(config.url("prometheus")) as prometheus,
        Alertmanager(config.url("alertmanager")) as alertmanager,
        _Oncall(config.url("oncall")) as oncall,
    ):
        return (
            *_asked(prometheus, _prometheus(prometheus, timings), "tix restart monitoring"),
            *_asked(alertmanager, _alertmanager(alertmanager), "tix restart monitoring"),
            *_asked(oncall, _oncall(oncall, timings), "tix restart oncall"),
        )


def _asked(server: HttpServer, findings: Iterator[Finding], advice: str) -> Iterator[Finding]:
    """The findings as far as the server answers; its silence or refusal is the last one."""
    try:
        yield from findings
    except StackError as error:
        yield Finding(
            name=server.name,
            ok=False,
            detail=str(error),
            advice=advice,
            reached=not isinstance(error, UnreachableError),
        )


def _prometheus(server: Prometheus, timings: Timings) -> Iterator[Finding]:
    yield _ready(server)
    yield _reloaded(server, "prometheus_config_last_reload_successful")
    yield _targets(server)
    yield _rules(server)
    yield _connected(server)
    yield _delivering(server, timings)


def _alertmanager(server: Alertmanager) -> Iterator[Finding]:
    yield _ready(server)
    yield _reloaded(server, "alertmanager_config_last_reload_successful")


def _ready(server: HttpServer) -> Finding:
    ready = server.ready()
    return Finding(
        name=server.name,
        ok=ready,
        detail=f"{'ready' if ready else 'starting, not ready yet'} at {server.url}",
        advice=None if ready else f"Wait a few seconds; if it stays so: tix logs {server.name.lower()}",
    )


def _reloaded(server: HttpServer, verdict: str) -> Finding:
    ok = server.metric(verdict) == 1
    return Finding(
        name=f"{server.name} configuration",
        ok=ok,
        detail="the last reload succeeded" if ok else "the last reload failed; the configuration before it is in force",
        advice=None if ok else "tix monitoring check, then tix up",
    )


def _targets(server: Prometheus) -> Finding:
    targets = server.targets()
    down = [target for target in targets if target.health != "up"]
    reasons = "; ".join(
        f"{target.labels.get('service', target.scrape_url)} {target.health}: {target.last_error or 'not scraped yet'}"
        for target in down
    )
    return Finding(
        name="targets",
        ok=bool(targets) and not down,
        detail=f"{len(targets) - len(down)} of {len(targets)} targets up" + (f"; {reasons}" if down else ""),
        advice="tix status, then tix restart SERVICE for what is down" if down or not targets else None,
    )


def _rules(server: Prometheus) -> Finding:
    rules = server.rules()
    broken = [rule for rule in rules if rule.health == "err"]
    reasons = "; ".join(f"{rule.name}: {rule.last_error}" for rule in broken)
    return Finding(
        name="rules",
        ok=bool(rules) and not broken,
        detail=f"{len(rules) - len(broken)} of {len(rules)} rules healthy" + (f"; {reasons}" if broken else ""),
        advice="tix monitoring check, then tix up" if broken or not rules else None,
    )


def _connected(server: Prometheus) -> Finding:
    found = server.metric("prometheus_notifications_alertmanagers_discovered") or 0
    return Finding(
        name="Prometheus to Alertmanager",
        ok=found >= 1,
        detail=f"sends to {found:.0f} Alertmanager{'s' if found != 1 else ''}",
        advice=None if found >= 1 else "tix up writes prometheus.yml with Alertmanager's address",
    )


def _delivering(server: Prometheus, timings: Timings) -> Finding:
    """Whether notifications failed lately: the Watchdog alone makes one in every interval, so a fault shows soon."""
    window = span(2 * timings.watchdog_interval)
    failed = [
        f"{series.labels.get('integration', '?')} {series.last:.0f}"
        for series in server.query(
            f"sum by (integration) (increase(alertmanager_notifications_failed_total[{window}])) > 0"
        )
    ]
    return Finding(
        name="delivery",
        ok=not failed,
        detail=f"failed notifications in the last {window}: {', '.join(failed) or 'none'}",
        advice="tix status (is on-call up? is mail up?), tix logs alertmanager" if failed else None,
    )


def _oncall(server: HttpServer, timings: Timings) -> Iterator[Finding]:
    """Whether the Watchdog reaches on-call, which proves the whole path from a rule to the webhook."""
    due = span(timings.watchdog_interval)
    seen_at = server.metric(WATCHDOG_METRIC)
    if not seen_at:
        yield Finding(
            name="watchdog",
            ok=False,
            detail="on-call has never heard the Watchdog",
            advice=f"Wait {due}; if it stays so: tix logs alertmanager",
        )
        return
    age = time.time() - seen_at
    ok = age <= MISSED_BEATS * timings.watchdog_interval
    yield Finding(
        name="watchdog",
        ok=ok,
        detail=f"on-call heard the Watchdog {age:.0f} s ago (due every {due})",
        advice=None if ok else "Alerts do not reach on-call: tix restart monitoring, then tix logs alertmanager",
    )
