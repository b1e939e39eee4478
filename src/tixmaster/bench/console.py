"""How fast the console answers when years of incidents are stored, and what it costs to keep it open.

One on-call process as `tix up` runs it, with the mail catcher, on a state of 10,000 incidents and 1,000,000 timeline rows.
An alert opens one more, so that every kind of page is there. Every page that a link leads to is timed; a browser says when
it paints and when an event shows on an open page; then 200 pages are held open, first in silence, then while the incident
changes. The baseline is the log-in form, which reads nothing of the state. What pages ask of Prometheus and Alertmanager is
refused at once, as neither runs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tixmaster.bench import archive, paint, server, visitor, webhooks
from tixmaster.bench.errors import BenchError
from tixmaster.bench.latency import Histogram, percentile_ms
from tixmaster.bench.memory import MB
from tixmaster.bench.meter import Meter
from tixmaster.bench.open_pages import Crowd
from tixmaster.bench.sender import Sender
from tixmaster.bench.state import configured
from tixmaster.bench.visitor import Page
from tixmaster.oncall.store.open import open_state
from tixmaster.stack import secrets
from tixmaster.stack.config import Config

BASELINE = "/login"
FIXED = (
    "/",
    f"/incidents/INC-{archive.STORM}",
    "/incidents?q=refused+requests",
    "/incidents?state=closed&service=backend&drills=without&cause=backend-hangs",
    "/incidents?state=closed&severity=critical&before=40",
    "/incidents/statistics?weeks=52",
    "/incidents/statistics?weeks=52&drills=only",
    "/sop?q=postgres",
    "/sop/print",
    "/metrics",
)
"""Pages that are timed whether or not a link leads there: those with most to read, and what Prometheus asks for."""
ALERT, INVESTIGATED_SECONDS, POLL_SECONDS = "InstanceDown", 120.0, 0.25
ONE_OF = 10
"""Of the open pages one of so many shows the incident that changes, and as many the list of all; the rest other incidents."""
SETTLE_SECONDS, EVENTS_SHOWN, EVENT_EVERY_SECONDS = 5.0, 20, 1.0

TARGETS = {"page_p99_ms": 100, "first_paint_ms": 1000, "event_to_page_ms": 500, "open_pages_cpu_percent": 10}

Say = Callable[[str], None]
Write = Callable[[str], None]
"""Puts a remark on the incident."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How much is measured. The targets are for the usual numbers."""

    rounds: int = 20
    """How often each page is asked for, after the first time."""
    incidents: int = 10_000
    open_pages: int = 200
    seconds: int = 30
    """How long the open pages are watched in silence, and how long while an incident changes."""
    on_postgres: bool = False


@dataclass(kw_only=True)
class Outcome:
    """Everything that was measured. The processor's shares are those of the on-call process."""

    rows: int = 0
    fill_seconds: float = 0.0
    pages: list[Page] = field(default_factory=list)
    baseline: Histogram = field(default_factory=Counter)
    first_paint_ms: dict[str, float] = field(default_factory=dict)
    shown_ms: list[float] = field(default_factory=list)
    open_pages: int = 0
    alone: float = 0.0
    """While one page is open and nothing happens."""
    silent: float = 0.0
    """While all pages are open and nothing happens."""
    busy_alone: float = 0.0
    """While one page is open and its incident changes every second."""
    busy: float = 0.0
    """While all pages are open and an incident changes every second."""
    fetched: int = 0
    mb: float = 0.0


def run(wanted: Wanted, manual: Path, say: Say) -> Outcome:
    """Measures once; raises `BenchError` where it cannot."""
    found = Outcome(open_pages=wanted.open_pages)
    with server.folder() as made, ExitStack() as running:
        config = configured(made, manual, running, on_postgres=wanted.on_postgres)
        say(f"a state of {wanted.incidents:,} incidents and {wanted.incidents * archive.ROWS_EACH:,} timeline rows")
        began = time.perf_counter()
        with closing(open_state(config)) as database:
            found.rows = archive.fill(database, wanted.incidents, datetime.now(UTC))
        found.fill_seconds = time.perf_counter() - began
        running.enter_context(server.running(config, "mail"))
        pid = running.enter_context(server.running(config, "oncall"))
        client = running.enter_context(closing(visitor.signed_in(config)))
        name = _incident(config, say)
        _time_pages(found, client, name, wanted.rounds, say)
        with _remarks(config, name) as write:
            _look(found, config, client, name, write, say)
            _keep_open(found, wanted, config, client, name, pid, write, say)
        found.mb = psutil.Process(pid).memory_info().rss / MB
    return found


def figures(outcome: Outcome) -> dict[str, Any]:
    """The figures by name; times in milliseconds, shares in per cent of one core."""
    pages = {
        page.path: {
            "first_ms": round(page.first_ms, 1),
            "p50_ms": round(percentile_ms(page.times, 50), 1),
            "p99_ms": round(percentile_ms(page.times, 99), 1),
        }
        for page in outcome.pages
    }
    return {
        "page_p99_ms": max(page["p99_ms"] for page in pages.values()),
        "page_first_ms": max(page["first_ms"] for page in pages.values()),
        "baseline_p50_ms": round(percentile_ms(outcome.baseline, 50), 1),
        "baseline_p99_ms": round(percentile_ms(outcome.baseline, 99), 1),
        "first_paint_ms": round(max(outcome.first_paint_ms.values())),
        "event_to_page_ms": round(max(outcome.shown_ms)),
        "open_pages_cpu_percent": round(outcome.silent, 1),
        "one_page_cpu_percent": round(outcome.alone, 1),
        "busy_pages_cpu_percent": round(outcome.busy, 1),
        "busy_one_page_cpu_percent": round(outcome.busy_alone, 1),
        "open_pages": outcome.open_pages,
        "pages_fetched_while_busy": outcome.fetched,
        "timeline_rows": outcome.rows,
        "fill_seconds": round(outcome.fill_seconds, 1),
        "mb": round(outcome.mb, 1),
        "first_paint_ms_by_page": {path: round(value) for path, value in outcome.first_paint_ms.items()},
        "pages": pages,
    }


def judge(found: dict[str, Any]) -> dict[str, bool]:
    """Each target with whether it is met."""
    return {name: found[name] <= target for name, target in TARGETS.items()}


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "console", "ok": all(judge(found).values()), "figures": found, "targets": TARGETS}


def _incident(config: Config, say: Say) -> str:
    """An alert arrives; the name of its incident, once it was investigated."""
    say("an alert, and its investigation")
    sender = Sender(config.services.oncall.port, secrets.read(config, "webhook-token"))
    sender.send(webhooks.bodies(ALERT, 1, 1), connections=1)
    with _api(config) as api:
        deadline = time.monotonic() + INVESTIGATED_SECONDS
        while time.monotonic() < deadline:
            newest = api.get("/api/incidents?state=open").json()["incidents"][0]
            if newest["alertname"] == ALERT and newest["cause"]:
                return str(newest["id"])
            time.sleep(POLL_SECONDS)
    raise BenchError(f"{ALERT} was not investigated within {INVESTIGATED_SECONDS:g} s; on-call's log says why.")


def _time_pages(found: Outcome, client: httpx.Client, name: str, rounds: int, say: Say) -> None:
    found.pages = visitor.pages(client, [*FIXED, f"/incidents/{name}"])
    say(f"{len(found.pages)} pages, {rounds} times each")
    for page in found.pages:
        page.times.update(visitor.time_of(client, page.path, rounds))
    found.baseline = visitor.time_of(client, BASELINE, rounds)


def _look(found: Outcome, config: Config, client: httpx.Client, name: str, write: Write, say: Say) -> None:
    say("the first paint of each page in a browser, then events on a page that is open")
    with paint.browser(config.url("oncall"), client.cookies) as window:
        found.first_paint_ms = {
            page.path: paint.first_paint_ms(window, page.path) for page in found.pages if page.path != "/metrics"
        }
        page = window()
        page.goto(f"/incidents/{name}")
        found.shown_ms = [
            paint.shown_ms(page, write, f"seen by the browser {place:02}") for place in range(EVENTS_SHOWN)
        ]


def _keep_open(
    found: Outcome, wanted: Wanted, config: Config, client: httpx.Client, name: str, pid: int, write: Write, say: Say
) -> None:
    address, seconds = config.url("oncall"), wanted.seconds
    say(f"one open page, then {wanted.open_pages}: nothing happens, then an incident changes every second")
    with Crowd(address, client.cookies, [_open_page(name)]).opened():
        found.alone, found.busy_alone = _while_silent(pid, seconds), _while_changing(pid, seconds, write)
    crowd = Crowd(address, client.cookies, list(_open_pages(name, wanted)))
    with crowd.opened():
        found.silent, found.busy = _while_silent(pid, seconds), _while_changing(pid, seconds, write)
    found.fetched = crowd.fetched


def _open_pages(name: str, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """The pages that people have open, each with the stream that it listens to."""
    for place in range(wanted.open_pages):
        if place % ONE_OF == 0:
            yield _open_page(name)
        elif place % ONE_OF == 1:
            yield "/incidents", "/live"
        else:
            yield _open_page(f"INC-{place % wanted.incidents + 1}")


def _open_page(name: str) -> tuple[str, str]:
    return f"/incidents/{name}", f"/live?incident={name}"


def _while_changing(pid: int, seconds: int, write: Write) -> float:
    meter, began = Meter(pid), time.perf_counter()
    for place in range(seconds):
        write(f"a remark {place}")
        time.sleep(max(began + (place + 1) * EVENT_EVERY_SECONDS - time.perf_counter(), 0))
    return meter.percent()


def _while_silent(pid: int, seconds: int) -> float:
    time.sleep(SETTLE_SECONDS)
    meter = Meter(pid)
    time.sleep(seconds)
    return meter.percent()


@contextmanager
def _remarks(config: Config, name: str) -> Iterator[Write]:
    """Puts remarks on the incident; each is committed when the call returns."""
    with _api(config) as api:

        def write(text: str) -> None:
            api.post(f"/api/incidents/{name}/note", json={"by": "bench", "text": text}).raise_for_status()

        yield write


def _api(config: Config) -> httpx.Client:
    bearer = {"Authorization": f"Bearer {secrets.read(config, 'api-token')}"}
    return httpx.Client(base_url=config.url("oncall"), headers=bearer, timeout=visitor.ANSWER_SECONDS)
