"""An investigated incident on a desk with a clock that tests move, and servers that take what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.clock import Moved
from tests.state import new_state
from tests.system import placed

from tixmaster.oncall import intake
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import Locker
from tixmaster.oncall.evidence.taken import Taken
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import incidents, open_database, timeline
from tixmaster.oncall.store.schema import cause, finding
from tixmaster.stack.config import SERVICE_NAMES, Mail, Oncall
from tixmaster.stack.said import Said

from .servers import HttpServer

MANUAL = Path(__file__).parents[3] / "sop"
START = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
MEI, LIN = "mei@example.org", "lin@example.org"


class Clock(Moved):
    """A clock whose time passes in minutes."""

    def __init__(self) -> None:
        super().__init__(START)

    def pass_by(self, minutes: float) -> None:
        super().pass_by(60 * minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped manual, read once."""
    return Library(MANUAL, SERVICE_NAMES)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, library: Library) -> Iterator[Desk]:
    """A desk on a fresh state, with the shipped manual; two people are on call."""
    database = open_database(new_state(tmp_path / "var" / "oncall" / "oncall.sqlite"))
    config = msgspec.structs.replace(placed(tmp_path), mail=Mail(oncall=(MEI, LIN)))
    yield Desk(config=config, database=database, library=library, clock=clock.clock())
    database.close()


Configured = Callable[..., Desk]


@pytest.fixture
def configured(desk: Desk) -> Configured:
    """The desk with other settings under [oncall]."""

    def change(**settings: Any) -> Desk:
        oncall: Oncall = msgspec.convert(settings, Oncall, dec_hook=lambda wanted, value: wanted(value))
        return replace(desk, config=msgspec.structs.replace(desk.config, oncall=oncall))

    return change


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """A server that answers 200 with an empty object until told otherwise."""
    with HttpServer() as server:
        yield server


def opened(desk: Desk, **annotations: str) -> Case:
    """An incident as its first investigation left it: a failed step, a cause, an excerpt of the log as evidence."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "HighErrorRate", "service": "backend", "severity": "critical"},
        "annotations": {
            "summary": "The backend answers 23.95% of requests with errors",
            "summary_zh": "後端 23.95% 的請求回應錯誤",
        }
        | annotations,
        "startsAt": desk.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "a" * 16,
    }
    body = {"version": "4", "receiver": "oncall", "status": "firing", "groupKey": "{}", "alerts": [alert]}
    intake.store(desk, msgspec.json.encode(body))
    assert absorb_waiting(desk) == ["opened"]
    case = Case(number=1, run=1)
    log = b"logs/error.log:7: connect ECONNREFUSED 127.0.0.1:5432\nlogs/error.log:8: @everyone [x](http://evil) <b>\n"
    Locker(desk, case).keep(
        [Taken(kind="log-excerpt", title=Said("error.log, 2 errors"), name="error-log.txt", content=log)]
    )
    with desk.database.write() as connection:
        connection.execute(sa.insert(finding).values(incident=1, run=1, seconds=0.2, at=desk.now(), **FINDING))
        connection.execute(sa.insert(cause).values(incident=1, run=1, rank=1, **CAUSE))
        timeline.append(
            connection,
            1,
            "diagnosed",
            Said("Cause: PostgreSQL refuses connections", "原因：PostgreSQL 拒絕連線"),
            at=desk.now(),
        )
    return case


FINDING: dict[str, Any] = {
    "key": "port",
    "position": 1,
    "title": {"en": "Port of the database", "zh-TW": "資料庫連接埠"},
    "status": "failed",
    "value": {},
    "reason": "127.0.0.1:5432 refused 3 of 3; user lin.secret@example.org password=hunter2",
    "reason_zh": "127.0.0.1:5432 三次皆拒絕連線；使用者 lin.secret@example.org password=hunter2",
}
CAUSE: dict[str, Any] = {
    "id": "database-refuses-connections",
    "title": {"en": "PostgreSQL refuses connections", "zh-TW": "PostgreSQL 拒絕連線"},
    "confidence": 0.95,
    "practice": {"named": 50, "right": 50},
    "because": [f"Port of the database: {FINDING['reason']}"],
    "because_zh": [f"資料庫連接埠：{FINDING['reason_zh']}"],
    "evidence": ["E1"],
    "steps": ["port"],
}


def kinds(desk: Desk) -> list[str]:
    """The kinds of the timeline's rows."""
    with desk.database.read() as connection:
        return [row["kind"] for row in timeline.of_incident(connection, 1)]


def said(desk: Desk, kind: str) -> list[str]:
    """What the timeline says under a kind."""
    with desk.database.read() as connection:
        return [row["text"] for row in timeline.of_incident(connection, 1) if row["kind"] == kind]


def states(desk: Desk, medium: str) -> dict[str, str]:
    """How far the newest message to each address of a medium is."""
    with desk.database.read() as connection:
        return {
            item["address"]: item["state"] for item in incidents.deliveries(connection, 1) if item["medium"] == medium
        }
