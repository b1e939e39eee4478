"""The real on-call process, which tests start, kill and start again on the same state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from tests.system import placed

from tixmaster.oncall.client import OncallClient
from tixmaster.stack import health, mail, secrets
from tixmaster.stack.config import Config

T = TypeVar("T")


def eventually(look: Callable[[], T], within: float = 30.0) -> T:
    """The first truthy thing that `look` sees."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, f"nothing seen within {within:g} s"
        time.sleep(0.05)
    return seen


class Oncall:
    """The process and the ways to talk to it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        environment = {**os.environ, "TIXMASTER_CONFIG": str(self.config.path)}
        log = (self.config.var / "oncall.out").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tixmaster", "serve", "oncall"], env=environment, stdout=log, stderr=log
        )
        log.close()
        assert health.wait(self.config, "oncall", 30).healthy

    def kill(self) -> None:
        """Ends it with -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it as the service manager does; nothing where it is not running."""
        if self._process:
            self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def post(self, body: bytes, token: str | None = None) -> httpx.Response:
        """Sends a webhook, with the right token unless told otherwise."""
        token = token if token is not None else secrets.read(self.config, "webhook-token")
        return httpx.post(
            self.config.url("oncall", "/webhook/alertmanager"),
            content=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )

    def fire(self, alertname: str) -> str:
        """Lets an alert of the backend fire; the id of the incident."""
        self.post(webhook(alertname)).raise_for_status()
        with OncallClient(self.config) as client:
            return str(eventually(lambda: client.incidents("open"))[0]["id"])

    def incident(self, name: str) -> dict[str, Any]:
        with OncallClient(self.config) as client:
            return client.incident(name)

    def kinds(self, name: str) -> list[str]:
        """The kinds of the timeline's rows, in their order."""
        return [row["kind"] for row in self.incident(name)["timeline"]]

    def mails(self) -> list[Path]:
        """What the catcher holds."""
        return list((mail.folder(self.config) / "new").glob("*.eml"))


def webhook(alertname: str, **labels: str) -> bytes:
    """A webhook of Alertmanager with one firing alert of the backend."""
    alert = {
        "status": "firing",
        "labels": {"alertname": alertname, "service": "backend", "severity": "critical", **labels},
        "annotations": {"summary": f"{alertname} on the backend"},
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{alertname}{''.join(labels.values())}",
    }
    return msgspec.json.encode({"version": "4", "receiver": "oncall", "status": "firing", "alerts": [alert]})


@pytest.fixture
def oncall(tmp_path: Path) -> Iterator[Oncall]:
    """On-call on a fresh state, running; nothing else of the system is."""
    config = placed(tmp_path)
    secrets.ensure_all(config)
    process = Oncall(config)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def catcher(oncall: Oncall) -> Iterator[None]:
    """The mail catcher, running."""
    controller = mail.catcher(oncall.config)
    controller.start()
    yield
    controller.stop()
