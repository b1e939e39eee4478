"""Alertmanager's webhooks, made as fast as they can be sent: one alert of one cause after another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

NEVER = "0001-01-01T00:00:00Z"
"""What Alertmanager sends as the end of an alert that fires."""


def bodies(alertname: str, alerts: int, each: int) -> Iterator[tuple[int, bytes]]:
    """Webhooks of `each` alerts, `alerts` in all: how many are in it, and its JSON. Every alert is another instance."""
    started = datetime.now(UTC).isoformat()
    for first in range(0, alerts, each):
        count = min(each, alerts - first)
        items = [_alert(alertname, number, started) for number in range(first, first + count)]
        yield count, msgspec.json.encode({"version": "4", "groupKey": "{}", "receiver": "oncall", "alerts": items})


def _alert(alertname: str, number: int, started: str) -> dict[str, object]:
    instance = f"node-{number:05}.example:3000"
    return {
        "status": "firing",
        "labels": {
            "alertname": alertname,
            "env": "bench",
            "service": "backend",
            "severity": "critical",
            "instance": instance,
            "job": "tixmaster-backend",
        },
        "annotations": {
            "summary": f"{instance} does not answer",
            "description": "Prometheus has not reached it for 30 seconds; visitors who land there get no page.",
            "runbook_url": "http://127.0.0.1:3002/sop/InstanceDown",
        },
        "startsAt": started,
        "endsAt": NEVER,
        "generatorURL": "http://127.0.0.1:9090/graph",
        "fingerprint": hashlib.sha256(f"{alertname}{instance}".encode()).hexdigest()[:16],
    }
