"""A console over a real on-call part whose clockwork rests: tests move the stages themselves."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
import pytest
from dbos import DBOS
from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry
from tests.browser import Browser
from tests.state import new_state

from tixmaster.console import accounts
from tixmaster.console.accounts import Role
from tixmaster.console.app import create_app
from tixmaster.http import server as http
from tixmaster.oncall import intake
from tixmaster.oncall.app import Oncall, open_oncall
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.stack import health, secrets
from tixmaster.stack.config import Config
from tixmaster.telemetry.asgi import App

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "a long pass phrase"
Client = TestClient[Litestar]


@pytest.fixture
def oncall(config: Config) -> Iterator[Oncall]:
    """On-call with its state open; neither runs nor mails begin by themselves."""
    new_state(config.var / "oncall" / "oncall.sqlite")
    opened = open_oncall(config, CollectorRegistry())
    yield opened
    opened.replicas.stop()  # beats, where the state is in PostgreSQL
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


@contextmanager
def served(oncall: Oncall) -> Iterator[str]:
    """The console over HTTP, at its place in the configuration."""
    config, place = oncall.desk.config, oncall.desk.config.services.oncall
    app = create_app(oncall, CollectorRegistry())
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    serving = http.serve(
        cast(App, app),
        http.bind(place.host, place.port),
        stop=stop,
        grace_seconds=1,
        stopping=app.state.pulse.close,
    )
    worker = threading.Thread(target=loop.run_until_complete, args=(serving,))
    worker.start()
    try:
        assert health.wait(config, "oncall", 120).healthy
        yield config.url("oncall")
    finally:
        loop.call_soon_threadsafe(stop.set)
        worker.join(20)
        loop.close()


@pytest.fixture
def address(oncall: Oncall) -> Iterator[str]:
    """Where a browser finds the console."""
    with served(oncall) as place:
        yield place


class Open(Protocol):
    """A window of somebody who has signed in; the name is the role."""

    def __call__(self, role: Role, **options: Any) -> Page: ...


@pytest.fixture
def open_window(oncall: Oncall, address: str, browser: Browser) -> Open:
    """Opens windows in a real browser (`tests/browser.py`) for people of a role."""

    def enter(role: Role, **options: Any) -> Page:
        if accounts.find(oncall.desk, role) is None:
            accounts.add(oncall.desk, role, PASSWORD, role)
        window = browser.open(address, **options)
        sign_in_at(window, role, PASSWORD)
        return window

    return enter


def sign_in_at(window: Page, name: str, password: str) -> None:
    """Fills in the log-in form as a person does."""
    window.goto("/login")
    window.fill("[name=name]", name)
    window.fill("[name=password]", password)
    window.click(".sign-in button")
    window.wait_for_url(lambda address: "/login" not in address)
