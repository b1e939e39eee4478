"""An incident that is taken over while it is investigated is told of once."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from tixmaster.oncall import intake
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.report import tell
from tixmaster.oncall.store.schema import outbox

from .conftest import opened


def pages(desk: Desk) -> int:
    """How many mails are on their way, or went."""
    with desk.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).where(outbox.c.kind == "page")).scalar_one()


def test_only_the_run_of_the_cause_writes_a_mail(desk: Desk) -> None:
    """HighErrorRate is still being looked into when InstanceDown, which explains it, rings."""
    first = opened(desk)
    with desk.database.write() as connection:
        connection.execute(sa.text("DELETE FROM cause"))
    alert = {
        "status": "firing",
        "labels": {"alertname": "InstanceDown", "service": "backend", "severity": "critical"},
        "annotations": {"summary": "backend is down"},
        "startsAt": desk.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "b" * 16,
    }
    body = {"version": "4", "receiver": "oncall", "status": "firing", "groupKey": "{}", "alerts": [alert]}
    intake.store(desk, msgspec.json.encode(body))
    assert absorb_waiting(desk) == ["took-over"]
    tell.page(desk, first)
    assert pages(desk) == 0
    tell.page(desk, Case(number=1, run=2))
    recipients = pages(desk)
    assert recipients > 0
    tell.page(desk, Case(number=1, run=2))
    assert pages(desk) == recipients
