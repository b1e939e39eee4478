"""On-call's state as years leave it: thousands of incidents with all their rows, written in bulk.

A few incidents are written row by row; each of the others gets the rows of one of them by `INSERT … SELECT`, which takes
seconds for a million. All are over and nothing is left to do, except for the newest, which are open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from tixmaster.oncall.store.database import Database
from tixmaster.oncall.store.schema import (
    UtcDateTime,
    action,
    alert_event,
    artefact,
    audit,
    cause,
    finding,
    incident,
    incident_alert,
    outbox,
    timeline,
)

ROWS_EACH = 100
"""Timeline rows an incident, on the average."""
STORM = 1
"""The incident of an alert that came and went for days: as many rows as there are incidents, above its own."""
OPEN = 20
APART = timedelta(hours=2.6)
"""Ten thousand incidents are three years."""
CHUNK = 1000
"""Incidents a statement, so that none takes long."""
BODY = b"Subject: page\r\n\r\n" + b"what broke, since when, why, and what to press\r\n" * 60


class Kind(NamedTuple):
    """What breaks again and again."""

    alertname: str
    service: str
    cause: str
    title: str
    title_zh: str


KINDS = (
    Kind("InstanceDown", "backend", "backend-hangs", "The process does not answer", "程序沒有回應"),
    Kind("HighErrorRate", "backend", "database-refuses-connections", "PostgreSQL refuses", "PostgreSQL 拒絕連線"),
    Kind("DatabaseDown", "postgres", "database-restarted", "PostgreSQL was away", "PostgreSQL 曾中斷"),
    Kind("LowOrderVolume", "backend", "off-peak", "Fewer visitors than usual", "訪客少於平時"),
    Kind("HostDiskFilling", "host", "disk-fills-up", "The disk will be full soon", "磁碟即將用盡"),
)
STEPS = ("process", "port", "health", "errors", "database", "resources")
ONE_ROUND = (
    ("alert-firing", "The alert began to fire", "警報開始觸發"),
    ("webhook-received", "Alertmanager told on-call", "Alertmanager 通知值勤系統"),
    ("incident-opened", "Incident opened: 38 % of the requests fail", "事件建立：38 % 的請求失敗"),
    ("run-started", "Investigation 1 began", "第 1 次調查開始"),
    ("runbook", "The runbook of the alert is in force", "採用該警報的處理手冊"),
    *(("step", f"✗ {step}: refused 3 of 3 in 0.2 s", f"✗ {step}：0.2 秒內 3 次皆遭拒") for step in STEPS),
    *(("evidence", f"A{place} was taken: 214 lines", f"已取得 A{place}：214 行") for place in range(1, 9)),
    ("evidence-complete", "The evidence is complete", "證據已齊備"),
    ("diagnosed", "PostgreSQL refuses connections (65 %)", "PostgreSQL 拒絕連線（65 %）"),
    ("mail-written", "A mail to oncall@example.com was written", "已寫好給 oncall@example.com 的郵件"),
    ("mail-sent", "The mail to oncall@example.com was sent", "給 oncall@example.com 的郵件已寄出"),
    ("remedy-proposed", "`tix restart backend` waits for a yes", "`tix restart backend` 等待核准"),
    ("note", "seen; the release of this morning is looked at", "seen; the release of this morning is looked at"),
    ("approved", "Approved by admin", "由 admin 核准"),
    ("remedy-started", "`tix restart backend` began", "開始執行 `tix restart backend`"),
    ("remedy-verified", "It has helped: the service answers", "已奏效：服務有回應"),
    ("alert-resolved", "The alert is resolved", "警報已解除"),
    ("mail-written", "The reply was written", "已寫好回覆郵件"),
    ("mail-sent", "The reply was sent", "回覆郵件已寄出"),
    ("recovered", "Recovered", "已恢復"),
    ("closed", "Closed", "已結案"),
)


def fill(database: Database, incidents: int, now: datetime) -> int:
    """Fills an empty state with so many incidents; returns how many timeline rows it holds."""
    with database.write() as connection:
        connection.execute(sa.insert(incident), list(_incidents(incidents, now)))
        for table, rows in _first_ones(now).items():
            connection.execute(sa.insert(table), rows)
    for first in range(len(KINDS) + 1, incidents + 1, CHUNK):
        with database.write() as connection:
            for table in (incident_alert, timeline, finding, cause, action, artefact, outbox):
                connection.execute(_copies(table, first, min(first + CHUNK, incidents + 1)))
    with database.write() as connection:
        _storm(connection, incidents, now)
        _end_all_but(connection, OPEN, incidents)
        connection.exec_driver_sql("ANALYZE")
        return int(connection.execute(sa.select(sa.func.count()).select_from(timeline)).scalar_one())


def _incidents(number: int, now: datetime) -> Iterator[dict[str, Any]]:
    """The newest began a while ago. Those that stay open are of somebody's own services, so that no new alert joins them."""
    for place in range(number):
        kind, at, is_open = KINDS[place % len(KINDS)], now - APART * (number - place), place >= number - OPEN
        yield {
            "fingerprint": f"{place:016x}",
            "alertname": "QueueBacklog" if is_open else kind.alertname,
            "service": f"worker-{number - place}" if is_open else kind.service,
            "severity": "warning" if place % 3 else "critical",
            "title": f"{kind.service}: {place % 90 + 10} % of the requests fail",
            "title_zh": f"{kind.service}：{place % 90 + 10} % 的請求失敗",
            "state": "open",
            "drill": "instance-down" if place % 7 == 0 and not is_open else None,
            "started_at": at - timedelta(seconds=90),
            "opened_at": at,
            "acknowledged_at": at + timedelta(seconds=place % 600),
            "run": 1,
            "run_started": 1,
            "run_ended": 1,
        }


def _first_ones(now: datetime) -> dict[sa.Table, list[dict[str, Any]]]:
    """The rows of one incident of each kind, and what stands beside incidents."""
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        table: [] for table in (incident_alert, timeline, finding, cause, action, artefact, outbox)
    }
    for number, kind in enumerate(KINDS, 1):
        for table, made in _of_kind(number, kind, now).items():
            rows[table] += [{"incident": number, **row} for row in made]
    rows[audit] = [
        {"at": now, "by": "admin", "act": "signed-in", "about": f"session {place}", "address": "127.0.0.1"}
        for place in range(10_000)
    ]
    rows[alert_event] = [
        _alert(KINDS[place % len(KINDS)], place, now)
        | {"key": str(place), "received_at": now, "generator_url": "", "decision": "known", "decided_at": now}
        for place in range(10_000)
    ]
    return rows


def _of_kind(number: int, kind: Kind, now: datetime) -> dict[sa.Table, list[dict[str, Any]]]:
    titles = {"en": kind.title, "zh-TW": kind.title_zh}
    told = [row for _ in range(-(-ROWS_EACH // len(ONE_ROUND))) for row in ONE_ROUND][: ROWS_EACH - 1]
    return {
        incident_alert: [
            _alert(kind, place, now) | {"alertname": kind.alertname, "service": kind.service} for place in range(3)
        ],
        timeline: [
            {"at": now, "kind": word, "by": "oncall", "text": text, "text_zh": text_zh, "data": {}}
            for word, text, text_zh in told
        ],
        finding: [
            {"run": 1, "key": step, "position": place, "title": {"en": f"Look at {step}", "zh-TW": f"查看 {step}"}}
            | {"status": "ok" if place else "failed", "value": {"tried": 3, "refused": [3]}, "seconds": 0.2, "at": now}
            | {"reason": "refused 3 of 3", "reason_zh": "3 次皆遭拒"}
            for place, step in enumerate(STEPS)
        ],
        cause: [
            {"run": 1, "rank": rank, "id": kind.cause if rank == 1 else "backend-overloaded", "title": titles}
            | {"confidence": 0.65 / rank, "because": ["refused 3 of 3"], "because_zh": ["3 次皆遭拒"]}
            | {"evidence": ["A1"], "steps": [STEPS[0]]}
            for rank in (1, 2)
        ],
        action: [
            {"run": 1, "kind": "restart", "service": kind.service, "cause": kind.cause, "state": "declined"}
            | {"command": f"tix restart {kind.service}", "proposed_at": now, "decided_at": now, "decided_by": "admin"}
        ],
        artefact: [
            {"id": f"A{place}", "run": 1, "kind": "numbers", "title": "Connections", "title_zh": "連線"}
            | {"taken_at": now, "status": "skipped", "reason": "there are none", "reason_zh": "沒有資料"}
            for place in range(1, 9)
        ],
        outbox: [
            {"key": f"{word}-{number}", "kind": word, "medium": "mail", "address": "oncall@example.com"}
            | {"subject": kind.title, "message_id": word, "body": BODY, "state": "sent"}
            | {"written_at": now, "due_at": now, "sent_at": now}
            for word in ("page", "recovered")
        ],
    }


def _alert(kind: Kind, place: int, now: datetime) -> dict[str, Any]:
    instance = f"10.0.0.{place % 250}:3000"
    return {
        "fingerprint": f"{place:08x}{kind.alertname.encode().hex()[:8]}",
        "status": "firing",
        "labels": {"alertname": kind.alertname, "service": kind.service, "severity": "critical", "instance": instance},
        "annotations": {"summary": f"{instance}: {kind.title}", "summary_zh": f"{instance}：{kind.title_zh}"},
        "starts_at": now,
    }


def _copies(table: sa.Table, first: int, end: int) -> sa.Insert:
    """The rows of the first incidents for those from `first` to before `end`, at the time of each."""

    def value(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        if column.name == "incident":
            return incident.c.number
        if column.name == "key" and table is outbox:
            return column + "-" + incident.c.number.cast(sa.Text)
        return incident.c.opened_at if isinstance(column.type, UtcDateTime) and column.name != "ends_at" else column

    columns = [column for column in table.c if column.name != "id" or not isinstance(column.type, sa.Integer)]
    copied = (
        sa.select(*map(value, columns))
        .join_from(incident, table, table.c.incident == (incident.c.number - 1) % len(KINDS) + 1)
        .where(incident.c.number >= first, incident.c.number < end)
    )
    return sa.insert(table).from_select([column.name for column in columns], copied)


def _storm(connection: sa.Connection, rows: int, now: datetime) -> None:
    again = {"incident": STORM, "at": now, "kind": "fired-again", "by": "oncall", "data": {}}
    text = {"text": "InstanceDown fires again", "text_zh": "InstanceDown 再次觸發"}
    connection.execute(sa.insert(timeline), [again | text] * rows)


def _end_all_but(connection: sa.Connection, left: int, incidents: int) -> None:
    """Closes the older ones, and ends their alerts."""
    over = incident.c.number <= incidents - left
    at = incident.c.opened_at
    connection.execute(sa.update(incident).where(over).values(state="closed", resolved_at=at, closed_at=at))
    ended = incident_alert.c.incident <= incidents - left
    connection.execute(
        sa.update(incident_alert).where(ended).values(status="resolved", ends_at=incident_alert.c.starts_at)
    )
