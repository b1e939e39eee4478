"""What the monitoring itself says: Alertmanager's alerts and silences; Prometheus's targets, rules, alerts and its own state;
and which of its series changed first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from tixmaster.oncall.evidence import first_change, samples
from tixmaster.oncall.evidence.log import unknown_service
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, as_json
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.said import Said, joined, said

CHANGED_FIRST: Final = Said("What changed first", "最先變化的指標")
DIRECTIONS: Final = {"up": "上升", "down": "下降"}
SECONDS: Final = 2.0
_OWN: Final = (
    "prometheus_tsdb_head_series",
    "prometheus_tsdb_head_samples_appended_total",
    "prometheus_tsdb_head_max_time_seconds",
    "prometheus_tsdb_wal_corruptions_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_notifications_dropped_total",
    "prometheus_notifications_queue_length",
    "prometheus_config_last_reload_successful",
)
"""Of Prometheus's own metrics, those by which it shows that it cannot be relied on."""


def alertmanager(sight: Sight) -> Iterator[Item]:
    """Every alert that it holds, what mutes it, where it goes; and the silences."""
    with Alertmanager(sight.config.url("alertmanager"), timeout=SECONDS) as server:
        alerts, silences = server.alerts(), server.silences()
    muted = sum(one.status.state == "suppressed" for one in alerts)
    title = said(
        "Alertmanager: {alerts} alerts, {muted} muted, {silences} silences",
        "Alertmanager：{alerts} 則警報，{muted} 則遭抑制，{silences} 項靜音",
        alerts=len(alerts),
        muted=muted,
        silences=len(silences),
    )
    content = as_json({"alerts": alerts, "silences": silences})
    yield Taken(kind="alertmanager", title=title, name="alertmanager.json", content=content)


def prometheus(sight: Sight) -> Iterator[Item]:
    """Its targets, the rules that fail, the alerts it evaluates, and its own state."""
    with Prometheus(sight.config.url("prometheus"), timeout=SECONDS) as server:
        targets, rules, alerts = server.targets(), server.rules(), server.alerts()
        own: dict[str, float] = {}
        for name, _, value in server.metrics():
            if name in _OWN:
                own[name] = own.get(name, 0.0) + value
    failing = [rule for rule in rules if rule.health == "err"]
    down = sum(target.health == "down" for target in targets)
    title = said(
        "Prometheus: {down} of {targets} targets down, {failing} of {rules} rules failing",
        "Prometheus：{targets} 個監控目標中 {down} 個中斷，{rules} 條規則中 {failing} 條失敗",
        down=down,
        targets=len(targets),
        failing=len(failing),
        rules=len(rules),
    )
    content = as_json({"targets": targets, "failing_rules": failing, "alerts": alerts, "own": own})
    yield Taken(kind="prometheus", title=title, name="prometheus.json", content=content)


def changed_first(sight: Sight) -> Iterator[Item]:
    """Which metric changed first, over all series of the services that the incident touches."""
    from tixmaster.oncall.evidence import change_points  # numpy, which an idle on-call need not hold

    if not sight.services:
        reason = unknown_service(sight.incident["service"])
        yield Missing(kind="first-change", title=CHANGED_FIRST, status="skipped", reason=reason)
        return
    services = tuple(dict.fromkeys([*sight.services, "host"]))
    with Prometheus(sight.config.url("prometheus"), timeout=SECONDS) as server:
        seen = samples.take(server, services, started_at=sight.started_at, now=sight.now)
    found = change_points.find(
        seen.series, services=services, grid=seen.grid, started_at=sight.started_at, note=seen.note
    )
    title = joined([CHANGED_FIRST, _first(found)], ": ", "：")
    content = as_json(msgspec.to_builtins(found))
    yield Taken(kind="first-change", title=title, name="first-change.json", content=content)


def _first(found: first_change.FirstChange) -> Said:
    """The likeliest first change in words."""
    first = found.first
    if not found.series:
        return said("no series has been there for long enough", "沒有任何序列的歷史足夠長")
    if first is None:
        return said("none of {count} series changed", "{count} 條序列皆無變化", count=found.series)
    return said(
        "{metric} {direction} at {at:%H:%M:%S}, {chance:.0%} sure",
        "{metric} 於 {at:%H:%M:%S} {direction}，把握 {chance:.0%}",
        metric=first.metric,
        direction=Said(first.direction, DIRECTIONS[first.direction]),
        at=first.at,
        chance=first.first,
    )
