"""A console over a real on-call part whose clockwork rests: tests move the stages themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from dbos import DBOS
from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from tixmaster.console import accounts
from tixmaster.console.accounts import Role
from tixmaster.console.app import create_app
from tixmaster.oncall import intake
from tixmaster.oncall.app import Oncall, open_oncall
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.stack import secrets
from tixmaster.stack.config import Config

PASSWORD = "a long pass phrase"
Client = TestClient[Litestar]


@pytest.fixture
def oncall(config: Config) -> Iterator[Oncall]:
    """On-call with its state open; neither runs nor mails begin by themselves."""
    opened = open_oncall(config, CollectorRegistry())
    yield opened
    opened.desk.database.close()
    DBOS.destroy(destroy_registry=True)


@pytest.fixture
def client(oncall: Oncall) -> Iterator[Client]:
    """A browser that nobody has signed in with."""
    with TestClient(create_app(oncall, CollectorRegistry())) as opened:
        opened.follow_redirects = False
        yield opened


class Visitor:
    """Somebody at the console: gets pages and sends forms as a browser does."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept-Language": "en"})

    def send(self, path: str, **fields: str) -> Any:
        return self.client.post(path, data={"_csrf_token": self.token(), **fields})

    def token(self) -> str:
        found = re.search(r'name="_csrf_token" value="(\w+)"', self.get("/login").text)
        assert found
        return found[1]

    def sign_in(self, name: str, password: str = PASSWORD) -> Visitor:
        assert self.send("/login", name=name, password=password).status_code == 303
        return self


@pytest.fixture
def visitor(client: Client) -> Visitor:
    """A stranger."""
    return Visitor(client)


@pytest.fixture
def sign_in(oncall: Oncall, visitor: Visitor) -> Callable[[Role], Visitor]:
    """Signs somebody of that role in; the name is the role."""

    def enter(role: Role) -> Visitor:
        accounts.add(oncall.desk, role, PASSWORD, role)
        return visitor.sign_in(role)

    return enter


@pytest.fixture
def responder(sign_in: Callable[[Role], Visitor]) -> Visitor:
    """The engineer on call."""
    return sign_in("responder")


STARTED_AT = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)


def webhook(
    *,
    summary: str = "backend answers 38 % errors",
    status: str = "firing",
    started_at: datetime = STARTED_AT,
    **labels: str,
) -> bytes:
    """A webhook of version 4 with one alert."""
    alert = {
        "status": status,
        "labels": {"alertname": "HighErrorRate", "service": "backend", "severity": "critical", **labels},
        "annotations": {"summary": summary},
        "startsAt": started_at.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "f" * 16,
    }
    return msgspec.json.encode({"version": "4", "groupKey": "{}", "alerts": [alert]})


def open_incident(oncall: Oncall, *, started_at: datetime = STARTED_AT, **more: str) -> str:
    """The id of a new incident."""
    intake.store(oncall.desk, webhook(started_at=started_at, **more))
    assert absorb_waiting(oncall.desk) == ["opened"]
    return "INC-1"


@pytest.fixture
def bearer(config: Config) -> Callable[[str], dict[str, str]]:
    """The header with one of the installation's tokens."""
    return lambda name: {"Authorization": f"Bearer {secrets.read(config, name)}"}
