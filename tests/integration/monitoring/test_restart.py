"""`tix restart monitoring` through the real Supervisor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tixmaster.cli.stack import restart
from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.monitoring.write import write_all
from tixmaster.stack.programs import programs

from .conftest import configured

SERVICES = ("prometheus", "alertmanager")


@pytest.fixture
def supervised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """Prometheus and Alertmanager under a Supervisor of their own."""
    if shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None:
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = configured(tmp_path)
    monkeypatch.setenv("TIXMASTER_CONFIG", str(tmp_path / "tixmaster.toml"))
    write_all(config)
    daemon.write_config(config, [program for program in programs(config) if program.service in SERVICES])
    daemon.start(config)
    try:
        for service in SERVICES:
            manager_of(config, service).start()
        yield config
    finally:
        daemon.stop(config)


def test_both_servers_are_new_processes_and_healthy(supervised: Config, capsys: pytest.CaptureFixture[str]) -> None:
    """The command returns once they answer, and says who restarted them."""
    before = {service: manager_of(supervised, service).status().pid for service in SERVICES}
    assert restart("monitoring") == 0
    after = {service: manager_of(supervised, service).status().pid for service in SERVICES}
    assert all(after[service] not in (None, before[service]) for service in SERVICES)
    assert capsys.readouterr().out.count("✓") == 2
