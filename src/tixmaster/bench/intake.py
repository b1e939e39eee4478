"""How many alerts a second on-call takes into its durable store, and what a storm of one cause becomes.

One on-call process as `tix up` runs it, with the mail catcher, on the disk. It is idle, then it is sent alerts one a
webhook as fast as it answers, then a storm; then it is killed with -9, and its database is counted. The baseline is SQLite
by itself: a durable transaction an alert, in the same folder, in the same minute.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tixmaster.bench import kept, server, webhooks
from tixmaster.bench.kept import Kept
from tixmaster.bench.memory import MB
from tixmaster.bench.meter import Meter
from tixmaster.bench.sender import Sender, Sent
from tixmaster.stack import secrets
from tixmaster.stack.config import CONFIG_NAME, SERVICE_NAMES, Config

CONNECTIONS = 16
STORM_ALERTS, STORM_SECONDS, STORM_EACH = 10_000, 10, 10
BASELINE_ALERTS = 2_000
SETTLE_SECONDS, IDLE_SECONDS = 5.0, 20.0
ALONE_SECONDS = 180.0
"""How long the processes that on-call starts may take to end: one draws a picture, to find out whether it can."""
SUSTAINED, STORM = "InstanceDown", "HighErrorRate"
"""An alert of its own for each part, so that they can be told apart in the database."""

TARGETS = {
    "alerts_per_s": 1000,
    "p99_ms": 100,
    "lost": 0,
    "storm_p99_ms": 100,
    "storm_incidents": 1,
    "storm_mails": 1,
    "idle_mb": 150,
    "idle_cpu_percent": 1.0,
}
AT_LEAST = frozenset({"alerts_per_s"})

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Idle:
    """On-call while nothing happens, with all processes that it has started."""

    mb: float
    cpu_percent: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that was measured."""

    idle: Idle
    sustained: Sent
    storm: Sent
    absorbed_s: float
    """From the first alert of the storm until on-call had decided on its last."""
    kept: dict[str, Kept]
    baseline_per_s: float


def run(seconds: int, manual: Path, say: Say) -> Outcome:
    """Measures once; raises `BenchError` where it cannot."""
    with server.folder() as config:
        _configure(config, manual)
        database = config.var / "oncall" / "oncall.sqlite"
        with server.running(config, "mail"), server.running(config, "oncall") as pid:
            say(f"on-call is idle for {IDLE_SECONDS:g} s")
            idle = _idle(pid)
            sender = Sender(config.services.oncall.port, secrets.read(config, "webhook-token"))
            say(f"one alert a webhook over {CONNECTIONS} connections for {seconds} s")
            sustained = sender.send(_for(seconds), connections=CONNECTIONS)
            kept.await_decisions(database)
            say(f"a storm: {STORM_ALERTS:,} alerts of one cause in {STORM_SECONDS} s")
            began = time.monotonic()
            storm = sender.send(
                webhooks.bodies(STORM, STORM_ALERTS, STORM_EACH),
                connections=CONNECTIONS,
                per_s=STORM_ALERTS / STORM_EACH / STORM_SECONDS,
            )
            kept.await_decisions(database)
            absorbed_s = time.monotonic() - began
            os.kill(pid, signal.SIGKILL)
        say(f"SQLite by itself, a durable transaction for each of {BASELINE_ALERTS:,} alerts")
        return Outcome(
            idle=idle,
            sustained=sustained,
            storm=storm,
            absorbed_s=absorbed_s,
            kept={name: kept.of_alert(database, name) for name in (SUSTAINED, STORM)},
            baseline_per_s=kept.baseline_per_s(config.var / "baseline.sqlite", BASELINE_ALERTS),
        )


def figures(outcome: Outcome) -> dict[str, Any]:
    """The figures by name."""
    sustained, storm, held = outcome.sustained, outcome.storm, outcome.kept
    refused = sustained.refused + storm.refused
    return {
        "alerts_per_s": round(sustained.per_s, 1),
        "p50_ms": round(sustained.percentile_ms(50), 1),
        "p99_ms": round(sustained.percentile_ms(99), 1),
        "baseline_per_s": round(outcome.baseline_per_s, 1),
        "ratio": round(sustained.per_s / outcome.baseline_per_s, 2),
        "acknowledged": sustained.alerts + storm.alerts,
        "lost": sustained.alerts + storm.alerts - sum(item.events for item in held.values()),
        "refused": {str(status): count for status, count in refused.items()},
        "storm_per_s": round(storm.per_s, 1),
        "storm_p99_ms": round(storm.percentile_ms(99), 1),
        "storm_absorbed_s": round(outcome.absorbed_s, 1),
        "storm_incidents": held[STORM].incidents,
        "storm_mails": held[STORM].mails,
        "idle_mb": round(outcome.idle.mb, 1),
        "idle_cpu_percent": round(outcome.idle.cpu_percent, 2),
    }


def judge(found: dict[str, Any]) -> dict[str, bool]:
    """Each target with whether it is met."""
    return {
        name: found[name] >= target if name in AT_LEAST else found[name] <= target for name, target in TARGETS.items()
    } | {"refused": not found["refused"]}


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "intake", "ok": all(judge(found).values()), "figures": found, "targets": TARGETS}


def _configure(config: Config, manual: Path) -> None:
    """The file that the processes read."""
    places = "".join(f"[services.{name}]\nport = {config.service(name).port}\n" for name in SERVICE_NAMES)
    text = f'[oncall]\nsop = "{manual}"\ncheckout_seconds = 0\n{places}'
    (config.root / CONFIG_NAME).write_text(text, encoding="utf-8")


def _idle(pid: int) -> Idle:
    process = psutil.Process(pid)
    psutil.wait_procs(process.children(recursive=True), ALONE_SECONDS)
    time.sleep(SETTLE_SECONDS)
    meter = Meter(pid)
    time.sleep(IDLE_SECONDS)
    cpu_percent = meter.percent()
    resident = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return Idle(mb=resident / MB, cpu_percent=cpu_percent)


def _for(seconds: int) -> Iterator[tuple[int, bytes]]:
    """Webhooks until the time is over."""
    end = time.monotonic() + seconds
    for webhook in webhooks.bodies(SUSTAINED, 10_000_000, 1):
        if time.monotonic() > end:
            return
        yield webhook
