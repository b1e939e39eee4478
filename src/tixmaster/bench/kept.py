"""Looks into on-call's database from outside: what was kept, what was made of it; and what SQLite does by itself."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tixmaster.bench import webhooks
from tixmaster.bench.errors import BenchError

ABSORB_SECONDS = 120.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the database holds of an alert, and what was made of it."""

    events: int
    incidents: int
    mails: int
    """Written about it, whether they have gone out or wait."""


def of_alert(database: Path, alertname: str) -> Kept:
    """Counts the events, incidents and mails of an alert."""
    with closing(_open(database)) as connection:
        events = "SELECT count(*) FROM alert_event WHERE json_extract(labels, '$.alertname') = ?"
        incidents = "SELECT count(DISTINCT incident) FROM incident_alert WHERE alertname = ?"
        mails = (
            "SELECT count(*) FROM outbox WHERE incident IN (SELECT incident FROM incident_alert WHERE alertname = ?)"
        )
        counted = [int(connection.execute(query, (alertname,)).fetchone()[0]) for query in (events, incidents, mails)]
    return Kept(events=counted[0], incidents=counted[1], mails=counted[2])


def await_decisions(database: Path) -> None:
    """Returns when on-call has decided on every event; raises `BenchError` if that takes too long."""
    deadline = time.monotonic() + ABSORB_SECONDS
    with closing(_open(database)) as connection:
        while left := connection.execute("SELECT count(*) FROM alert_event WHERE decision IS NULL").fetchone()[0]:
            if time.monotonic() > deadline:
                raise BenchError(
                    f"{left} events still wait for a decision after {ABSORB_SECONDS:g} s: the dispatcher hangs."
                )
            time.sleep(POLL_SECONDS)


def baseline_per_s(path: Path, alerts: int) -> float:
    """Alerts a second that SQLite keeps with a durable transaction for each, on one connection."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
            connection.execute(statement)
        connection.execute("CREATE TABLE alert (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        began = time.perf_counter()
        for _, body in webhooks.bodies("Baseline", alerts, 1):
            connection.execute("INSERT INTO alert (body) VALUES (?)", (body,))
        return alerts / (time.perf_counter() - began)


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
