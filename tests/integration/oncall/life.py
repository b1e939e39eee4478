"""A life of on-call in a process of its own, from the alert to the closed incident; it may be killed on the way.

`tests/integration/oncall/test_every_step.py` makes the processes; `death.py` says when one dies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from tixmaster.oncall import intake
from tixmaster.oncall.app import Oncall, open_oncall
from tixmaster.oncall.store import incidents, runs
from tixmaster.oncall.store.schema import action, alert_event, incident, outbox, ticket
from tixmaster.stack import config as configuration

from . import death

PERSON = "mei"
LOOK_SECONDS = 0.02
runs.SELDOM_SECONDS = 24 * 3600
"""Nothing that is under way may wait until somebody looks seldom."""


def live(toml: Path, alert: tuple[bytes, bytes], fingerprint: str, dies_before: int | Path | None) -> None:
    """Opens on-call, tells it of the alert and of its end as Alertmanager would, closes the incident as a person would.

    Ends with 0 once everything is done. Dies of SIGKILL before the so-manyeth act, or, given the file of the places where
    earlier lives died, before the first act at another place.
    """
    if dies_before is not None:
        death.watch(death.nth(dies_before) if isinstance(dies_before, int) else death.anew(dies_before))
    oncall = open_oncall(configuration.load(toml), CollectorRegistry())
    oncall.start()
    firing, resolved = alert
    intake.store(oncall.desk, firing)
    _until(lambda: _is_reported(oncall, fingerprint))
    intake.store(oncall.desk, resolved)
    _until(lambda: _row(oncall, fingerprint)["state"] != "open")
    if _row(oncall, fingerprint)["state"] != "closed":
        oncall.pipeline.close(_row(oncall, fingerprint)["number"], by=PERSON)
    _until(lambda: _is_over(oncall, fingerprint))
    os._exit(0)


def live_held_up(toml: Path, alert: tuple[bytes, bytes], fingerprint: str, place: str) -> None:
    """The same life, which stands still at that place until SIGCONT."""
    death.stand_still(place)
    live(toml, alert, fingerprint, None)


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(LOOK_SECONDS)


def _row(oncall: Oncall, fingerprint: str) -> dict[str, Any]:
    with oncall.desk.database.read() as connection:
        row = connection.execute(sa.select(incident).where(incident.c.fingerprint == fingerprint)).mappings().first()
    return dict(row) if row else {"number": None, "state": "open", "run": 1, "run_ended": 0}


def _is_reported(oncall: Oncall, fingerprint: str) -> bool:
    """Whether the investigation has ended, what it proposed is done, and its mail is with the server."""
    row = _row(oncall, fingerprint)
    with oncall.desk.database.read() as connection:
        actions = (
            connection.execute(sa.select(action.c.state).where(action.c.incident == row["number"])).scalars().all()
        )
        mails = connection.execute(sa.select(outbox.c.state).where(outbox.c.incident == row["number"])).scalars().all()
    return row["run_ended"] == row["run"] and actions == ["done"] and {*mails} == {"sent"}


def _is_over(oncall: Oncall, fingerprint: str) -> bool:
    """Whether all that says so is sent, the issue too, and the record is finished."""
    number = _row(oncall, fingerprint)["number"]
    with oncall.desk.database.read() as connection:
        mails = connection.execute(sa.select(outbox.c.kind, outbox.c.state).where(outbox.c.incident == number)).all()
        told = connection.execute(sa.select(ticket.c.closed).where(ticket.c.incident == number)).scalar()
        waits = connection.execute(sa.select(alert_event.c.id).where(alert_event.c.decision.is_(None))).first()
    record = oncall.desk.config.records / incidents.name_of(number) / "timeline.json"
    finished = record.is_file() and f"Closed by {PERSON}" in record.read_text()
    sent = ("recovered", "sent") in mails and {state for _, state in mails} == {"sent"}
    return sent and told is True and finished and waits is None
