"""A desk with a clock that tests move, and webhooks as Alertmanager sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.clock import Moved
from tests.state import new_state

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.sop.library import Library
from tixmaster.oncall.store import open_database
from tixmaster.stack.config import SERVICE_NAMES, Config

MANUAL = Path(__file__).parents[3] / "sop"
START = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)


class Clock(Moved):
    """A clock that begins at `START`."""

    def __init__(self) -> None:
        super().__init__(START)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk on a fresh state, with the shipped manual."""
    database = open_database(new_state(tmp_path / "var" / "oncall" / "oncall.sqlite"))
    yield Desk(
        config=Config(root=tmp_path), database=database, library=Library(MANUAL, SERVICE_NAMES), clock=clock.clock()
    )
    database.close()


Webhook = Callable[..., bytes]


@pytest.fixture
def webhook(clock: Clock) -> Webhook:
    """Builds the body of a webhook with one alert, firing since the clock's time unless told otherwise."""

    def build(alertname: str = "HighErrorRate", status: str = "firing", **more: Any) -> bytes:
        alert = {
            "status": status,
            "labels": {"alertname": alertname, "service": "backend", "severity": "critical", **more.get("labels", {})},
            "annotations": {"summary": f"{alertname} on the backend"},
            "startsAt": more.get("starts_at", clock.now).isoformat(),
            "endsAt": clock.now.isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
            "generatorURL": "http://127.0.0.1:9090/graph",
            "fingerprint": more.get("fingerprint", f"{alertname:f<16}"[:16]),
        }
        return msgspec.json.encode(
            {"version": "4", "receiver": "oncall", "status": status, "groupKey": "{}", "alerts": [alert]}
        )

    return build
