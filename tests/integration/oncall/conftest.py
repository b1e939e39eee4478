"""On-call as a process of its own, on free ports, with the shipped manual; alerts reach it as Alertmanager sends them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import msgspec
import pytest
from tests.system import placed

from tixmaster.oncall.client import OncallClient
from tixmaster.stack import health, secrets, system_user
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import Program

T = TypeVar("T")
Incident = dict[str, Any]
ENGINEER = "mei"
START_SECONDS = 120
"""A machine that is busy with other tests is slow to start a process."""


def eventually(ask: Callable[[], T | None], *, within: float = 120) -> T:
    """The first answer that is true; fails after `within` seconds."""
    end = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < end, f"did not happen within {within} s"
        time.sleep(0.02)
    return answer


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert with a fingerprint of its own, which began to fire now unless told otherwise."""

    name: str
    service: str = "backend"
    fingerprint: str = field(default_factory=lambda: uuid4().hex[:16])
    starts_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def summary(self) -> str:
        """What the incident that it opens is called."""
        return f"{self.name} {self.fingerprint}"

    def later(self, seconds: float) -> Alert:
        """The same alert, having begun to fire so many seconds later."""
        return replace(self, starts_at=self.starts_at + timedelta(seconds=seconds))

    def as_json(self, status: str = "firing") -> dict[str, Any]:
        ended = status == "resolved"
        return {
            "status": status,
            "labels": {"alertname": self.name, "service": self.service, "severity": "critical"},
            "annotations": {"summary": self.summary},
            "startsAt": self.starts_at.isoformat(),
            "endsAt": datetime.now(UTC).isoformat() if ended else "0001-01-01T00:00:00Z",
            "fingerprint": self.fingerprint,
        }


def webhook(*alerts: dict[str, Any]) -> bytes:
    """The body in which Alertmanager tells of alerts."""
    return msgspec.json.encode({"version": "4", "groupKey": "{}", "receiver": "oncall", "alerts": alerts})


class Oncall:
    """The process, and what others do with it over HTTP."""

    def __init__(self, config: Config, client: OncallClient, *command: str) -> None:
        """`command` are Python's arguments where it is not simply `tix` that serves."""
        self.config = config
        self.client = client
        self._command = command or ("-m", "tixmaster")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers; nothing where it runs."""
        if self._process is not None:
            return
        with (self.config.root / "oncall.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command, "serve", "oncall"],
                env={**os.environ, "TIXMASTER_CONFIG": str(self.config.path)},
                stdout=log,
                stderr=log,
            )
        state = health.wait(self.config, "oncall", START_SECONDS)
        assert state.healthy, f"{state.detail}\n{(self.config.root / 'oncall.log').read_text()}"

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """Ends it with SIGKILL; nothing where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def post(self, body: bytes, authorization: str | None = None) -> httpx.Response:
        """A request to the webhook's address, with Alertmanager's token unless told otherwise."""
        if authorization is None:
            authorization = f"Bearer {secrets.read(self.config, 'webhook-token')}"
        url = self.config.url("oncall", "/webhook/alertmanager")
        return httpx.post(url, content=body, headers={"Authorization": authorization}, timeout=20, trust_env=False)

    def tell(self, *alerts: Alert, status: str = "firing") -> dict[str, int]:
        """Sends a webhook about the alerts; the receipt."""
        response = self.post(webhook(*(alert.as_json(status) for alert in alerts)))
        assert response.status_code == 200, response.text
        receipt: dict[str, int] = response.json()
        return receipt

    def incidents_of(self, alert: Alert) -> list[Incident]:
        """The incidents that the alert opened."""
        return [item for item in self.client.incidents() if item["title"] == alert.summary]

    def open(self, alert: Alert) -> str:
        """Tells of the alert; the id of the incident that it opens."""
        self.tell(alert)
        name: str = eventually(lambda: self.incidents_of(alert))[0]["id"]
        return name

    def close_all(self) -> None:
        """Closes what earlier tests left open; a new alert of the same kind would join it."""
        for item in self.client.incidents("open"):
            self.client.close(item["id"], by=ENGINEER)

    def wait(self, name: str, *kinds: str) -> Incident:
        """The incident, as soon as its timeline holds rows of all these kinds."""
        return self.wait_for(name, lambda seen: set(kinds) <= {row["kind"] for row in seen["timeline"]})

    def wait_for(self, name: str, holds: Callable[[Incident], bool]) -> Incident:
        """The incident, as soon as that is true of it."""
        return eventually(lambda: seen if holds(seen := self.client.incident(name)) else None)


def texts(incident: Incident, kind: str) -> list[str]:
    """What the timeline says under a kind."""
    return [row["text"] for row in incident["timeline"] if row["kind"] == kind]


def doubled(incident: Incident) -> list[tuple[str, str]]:
    """Rows that the timeline holds more than once: a step by its name, everything else by its words."""
    rows = Counter((row["kind"], row["data"].get("step") or row["text"]) for row in incident["timeline"])
    return [row for row, count in rows.items() if count > 1]


def starts(config: Config, service: str) -> int:
    """How often Supervisor has started the service."""
    return sum(event.text.startswith("started as") for event in manager_of(config, service).events())


def logged(oncall: Oncall, message: str) -> int:
    """How often on-call has logged that."""
    return (oncall.config.var / "oncall" / "logs" / "combined.log").read_text().count(f'"{message}"')


def reached(oncall: Oncall, alert: Alert, done: str) -> bool:
    """Whether the newest row of the timeline is this: a step by its name, everything else by its kind."""
    found = oncall.incidents_of(alert)
    newest: Incident = oncall.client.incident(found[0]["id"])["timeline"][-1] if found else {"data": {}, "kind": None}
    return bool(done == (newest["data"].get("step") or newest["kind"]))


@pytest.fixture(scope="module")
def settings() -> tuple[str, ...]:
    """Further lines of the configuration; a module may have its own."""
    return ()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, settings: tuple[str, ...]) -> Config:
    """The configuration of all tests of a module; nobody listens on any of its ports yet."""
    config = placed(tmp_path_factory.mktemp("oncall"), *settings)
    system_user.make_private(config.var)
    secrets.ensure_all(config)
    return config


@pytest.fixture(scope="module")
def process(config: Config) -> Iterator[Oncall]:
    """The on-call of a module, running or not."""
    with OncallClient(config) as client:
        process = Oncall(config, client)
        yield process
        process.kill()


@pytest.fixture
def oncall(process: Oncall) -> Oncall:
    """On-call, running, with no incident open."""
    process.start()
    process.close_all()
    return process


Supervise = Callable[[Program], None]


@pytest.fixture(scope="module")
def supervise(config: Config) -> Iterator[Supervise]:
    """Puts a program, not yet started, under a real supervisord."""

    def begin(program: Program) -> None:
        daemon.write_config(config, [program])
        daemon.start(config)
        daemon.take_in_changes(config)

    yield begin
    if daemon.running(config):
        daemon.stop(config)


@pytest.fixture
def error_log(config: Config) -> Path:
    """The backend's error log, with one line of now that holds what must not leave the machine."""
    path = config.var / "backend" / "logs" / "error.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    path.write_text(f'{{"timestamp": "{at}", "error": "no seat for lin@example.org, password=hunter2"}}\n')
    return path
