"""`tix bench evidence`: from the webhook to complete evidence, on a whole running system whose backend has a large log.

The system is brought up as `tix up` does it. Two alerts of the same trouble are sent as Alertmanager sends them: the first
finds an on-call that has just started, the second takes the incident over and is investigated anew. Beside it, in the same
minute, what a person's plain tools take for a part of it: ripgrep and tail over the same log, and one request for each query
of the panels.
"""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from tixmaster.bench import log_file, server
from tixmaster.bench.errors import BenchError
from tixmaster.bench.log_file import GB
from tixmaster.bench.logs import COMMAND_SECONDS, MATCH, find_ripgrep
from tixmaster.bench.webhooks import NEVER
from tixmaster.stack import config as settings
from tixmaster.stack import secrets, up
from tixmaster.stack.config import CONFIG_NAME, SERVICE_NAMES, Config
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.dashboards import panels_for

TARGETS: Final = {"seconds": 3.0, "warm_seconds": 3.0, "failed": 0}
COLD, WARM = "HighErrorRate", "InstanceDown"
TROUBLE: Final = timedelta(seconds=60)
"""So long before the webhook the alert says that it began."""
FIRST_SCRAPES_SECONDS: Final = 20.0
COMPLETE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.02
EXCERPT: Final = 200

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Investigation:
    """One alert: seconds from the webhook's sending until the evidence was complete, and what the evidence says of itself."""

    seconds: float
    gathering_s: float
    by_artefact: dict[str, float]
    statuses: dict[str, str]
    """By kind and title: ok, failed or skipped, and why."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What plain tools took."""

    ripgrep_s: float
    panels_s: float
    panels: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that was measured."""

    log_bytes: int
    cold: Investigation
    warm: Investigation
    baseline: Baseline


def run(size: int, manual: Path, say: Say) -> Outcome:
    """Measures once and leaves nothing behind; raises `BenchError` or `StackError` where it cannot."""
    ripgrep = find_ripgrep(say)
    with server.folder() as made:
        log = made.root / "combined.log"
        say(f"writing a log of {size / GB:g} GB")
        written = log_file.make(log, size, datetime.now(UTC) - log_file.DAY + timedelta(seconds=60))
        config = _configured(made, log, manual)
        try:
            up.up(config, say)
            time.sleep(FIRST_SCRAPES_SECONDS)
            cold = _investigate(config, COLD, 1, say)
            warm = _investigate(config, WARM, 2, say)
            baseline = _plain(config, log, ripgrep)
        finally:
            up.down(config)
    return Outcome(log_bytes=written.size, cold=cold, warm=warm, baseline=baseline)


def figures(outcome: Outcome) -> dict[str, Any]:
    """The figures by name."""
    cold, warm, plain = outcome.cold, outcome.warm, outcome.baseline
    return {
        "seconds": round(cold.seconds, 3),
        "warm_seconds": round(warm.seconds, 3),
        "gathering_s": cold.gathering_s,
        "seconds_by_artefact": cold.by_artefact,
        "warm_seconds_by_artefact": warm.by_artefact,
        "failed": sum(status.startswith("failed") for one in (cold, warm) for status in one.statuses.values()),
        "artefacts": cold.statuses,
        "ripgrep_s": round(plain.ripgrep_s, 3),
        "panels_s": round(plain.panels_s, 3),
        "panels": plain.panels,
        "baseline_s": round(plain.ripgrep_s + plain.panels_s, 3),
        "log_bytes": outcome.log_bytes,
    }


def judge(found: dict[str, Any]) -> dict[str, bool]:
    """Each target with whether it is met."""
    return {name: found[name] <= target for name, target in TARGETS.items()}


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "evidence", "ok": all(judge(found).values()), "figures": found, "targets": TARGETS}


def _configured(config: Config, log: Path, manual: Path) -> Config:
    """The file that the processes read; the backend's log is the large one."""
    places = "".join(f"[services.{name}]\nport = {config.service(name).port}\n" for name in SERVICE_NAMES)
    places = places.replace("[services.backend]\n", f'[services.backend]\nlogs = ["{log}"]\n')
    file = config.root / CONFIG_NAME
    file.write_text(f'[oncall]\nsop = "{manual}"\n{places}', encoding="utf-8")
    return settings.load(file)


def _investigate(config: Config, alertname: str, run_number: int, say: Say) -> Investigation:
    body = _webhook(alertname, datetime.now(UTC) - TROUBLE)
    headers = {
        "Authorization": f"Bearer {secrets.read(config, 'webhook-token')}",
        "Content-Type": "application/json",
    }
    sent = datetime.now(UTC)
    url = config.url("oncall", "/webhook/alertmanager")
    answer = httpx.post(url, content=body, headers=headers, timeout=10.0, trust_env=False)
    if answer.status_code != httpx.codes.OK:
        raise BenchError(f"on-call refused the webhook with {answer.status_code}: {answer.text[:200]}")
    database = config.var / "oncall" / "oncall.sqlite"
    at, data = _complete(database, alertname, f"run-{run_number}:evidence-complete")
    found = Investigation(
        seconds=(at - sent).total_seconds(),
        gathering_s=data["seconds"],
        by_artefact=data["seconds_by_artefact"],
        statuses=_statuses(database, alertname, run_number),
    )
    say(
        f"  {alertname:<14} evidence complete after {found.seconds:.3f} s, of which {found.gathering_s:.3f} s to take it"
    )
    return found


def _complete(database: Path, alertname: str, key: str) -> tuple[datetime, dict[str, Any]]:
    query = (
        "SELECT at, data FROM timeline WHERE key = ? AND incident IN"
        " (SELECT incident FROM incident_alert WHERE alertname = ?)"
    )
    deadline = time.monotonic() + COMPLETE_SECONDS
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while (row := connection.execute(query, (key, alertname)).fetchone()) is None:
            if time.monotonic() > deadline:
                raise BenchError(f"no evidence of {alertname} after {COMPLETE_SECONDS:g} s: look at on-call's log")
            time.sleep(POLL_SECONDS)
    return datetime.fromisoformat(row[0]).replace(tzinfo=UTC), msgspec.json.decode(row[1])


def _statuses(database: Path, alertname: str, run_number: int) -> dict[str, str]:
    query = (
        "SELECT kind, title, status, reason FROM artefact WHERE run = ? AND incident IN"
        " (SELECT incident FROM incident_alert WHERE alertname = ?)"
    )
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(query, (run_number, alertname)).fetchall()
    return {f"{kind}: {title}": f"{status} {reason}".strip() for kind, title, status, reason in rows}


def _plain(config: Config, log: Path, ripgrep: str) -> Baseline:
    """ripgrep and tail for the newest errors, a request for each query of the first alert's panels."""
    began = time.perf_counter()
    search = [ripgrep, "--no-config", "--no-heading", "--fixed-strings", MATCH, str(log)]
    with subprocess.Popen(search, stdout=subprocess.PIPE) as lines:
        newest = subprocess.run(
            ["tail", "-n", str(EXCERPT)], stdin=lines.stdout, capture_output=True, timeout=COMMAND_SECONDS, check=True
        )
    ripgrep_s = time.perf_counter() - began
    if newest.stdout.count(b"\n") != EXCERPT:
        raise BenchError(f"ripgrep found {newest.stdout.count(bytes([10]))} of {EXCERPT} errors in {log}")
    end, queries = datetime.now(UTC), [query for panel in panels_for(COLD) for query in panel.queries]
    began = time.perf_counter()
    for query in queries:
        with Prometheus(config.url("prometheus")) as prometheus:
            prometheus.query_range(query.expr, end - timedelta(minutes=5), end, 5.0)
    return Baseline(ripgrep_s=ripgrep_s, panels_s=time.perf_counter() - began, panels=len(panels_for(COLD)))


def _webhook(alertname: str, started_at: datetime) -> bytes:
    alert = {
        "status": "firing",
        "labels": {"alertname": alertname, "service": "backend", "severity": "critical", "env": "bench"},
        "annotations": {"summary": f"{alertname} on the backend"},
        "startsAt": started_at.isoformat(),
        "endsAt": NEVER,
        "generatorURL": "",
        "fingerprint": f"{alertname:0<16}".lower()[:16],
    }
    return msgspec.json.encode({"version": "4", "groupKey": "{}", "receiver": "oncall", "alerts": [alert]})
