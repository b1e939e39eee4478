"""A real Alertmanager at its place in the configuration, without receivers: it holds alerts and keeps silences."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.programs import ALERTMANAGER_NAMES, installed

INHIBITING = """
route: {receiver: nobody, group_by: [alertname]}
receivers: [{name: nobody}]
inhibit_rules:
  - {source_matchers: [alertname=InstanceDown], target_matchers: [alertname=HighErrorRate], equal: [service]}
"""


@contextmanager
def running(config: Config, folder: Path) -> Iterator[None]:
    """For the length of the block."""
    binary = installed(ALERTMANAGER_NAMES)
    if binary is None:
        pytest.skip("alertmanager is not installed")
    settings, place = folder / "alertmanager.yml", config.services.alertmanager
    settings.write_text(INHIBITING)
    server = subprocess.Popen(
        [
            binary,
            f"--config.file={settings}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={place.host}:{place.port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
    )
    try:
        assert health.wait(config, "alertmanager", 120).healthy
        yield
    finally:
        server.terminate()
        server.wait(20)


def fire(config: Config, *alerts: dict[str, str], **annotations: str) -> None:
    """Lets alerts with these labels fire, as Prometheus would."""
    now = datetime.now(UTC)
    body = [
        {
            "labels": {"severity": "critical", **labels},
            "annotations": {"summary": "something is wrong", **annotations},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
        }
        for labels in alerts
    ]
    httpx.post(config.url("alertmanager", "/api/v2/alerts"), json=body, trust_env=False).raise_for_status()
