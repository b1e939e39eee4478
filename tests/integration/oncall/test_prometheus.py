"""A run without Prometheus, and the end of an incident that only Prometheus can confirm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tixmaster.stack import health
from tixmaster.stack.config import Config

from .conftest import Alert, Oncall, texts
from .servers import mail_server, mails


@contextmanager
def prometheus(config: Config) -> Iterator[None]:
    """A real Prometheus that watches nothing and knows no alert."""
    file = config.root / "prometheus.yml"
    file.write_text("scrape_configs: []\n")
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={config.root / 'tsdb'}"]
    command.append(f"--web.listen-address=127.0.0.1:{config.services.prometheus.port}")
    with (
        (config.root / "prometheus.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            assert health.wait(config, "prometheus", 120).healthy
            yield
        finally:
            process.terminate()


def test_without_prometheus_a_run_ends_with_a_mail(oncall: Oncall) -> None:
    """Steps and panels that needed it say so; the diagnosis goes by the rest."""
    with mail_server(oncall.config):
        incident = oncall.wait(oncall.open(Alert(name="HighErrorRate")), "mail-sent")
    steps = {item["key"]: item for item in incident["steps"]}
    assert [steps[key]["status"] for key in ("onset", "error_ratio", "database_port")] == ["error", "error", "failed"]
    assert f"127.0.0.1:{oncall.config.services.prometheus.port}" in steps["onset"]["reason"]
    panels = [item for item in incident["evidence"] if item["kind"] == "panel"]
    assert {item["status"] for item in panels} == {"failed"}
    assert all(item["reason"] for item in panels)
    assert texts(incident, "stage-failed") == []
    assert len(mails(oncall.config, incident["id"])) == 1


def test_silence_alone_closes_nothing(oncall: Oncall) -> None:
    """`resolved` may mean that Prometheus died: it must answer, and the Watchdog must have come through."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed")
    oncall.client.begin_drill("quiet after 3 s", policy="observe", seconds=600)
    alert = Alert(
        name="OversellDetected", service="oncall"
    )  # no cause is found for it that would have to be gone first
    name = oncall.open(alert)
    oncall.wait(name, "mail-written")
    oncall.tell(alert, status="resolved")
    waits = texts(oncall.wait(name, "close-waits"), "close-waits")
    assert ["Prometheus must confirm" in text for text in waits] == [True]
    with prometheus(oncall.config), mail_server(oncall.config):
        oncall.wait_for(name, lambda seen: len(texts(seen, "close-waits")) == 2)
        assert oncall.client.incident(name)["state"] == "resolved"
        oncall.tell(Alert(name="Watchdog"))
        closed = oncall.wait_for(name, lambda seen: [item["state"] for item in seen["mails"]] == ["sent", "sent"])
    assert "the Watchdog has not come through" in texts(closed, "close-waits")[1]
    assert closed["state"] == "closed"
    assert texts(closed, "closed") == ["Closed by oncall"]
    assert len(mails(oncall.config, name)) == 2
