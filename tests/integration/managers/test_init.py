"""`tix init` on this machine: real PM2, real processes, a real PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.managers.pm2 import SHOP, Pm2, of_shop, own_pm2
from tests.npm import installed

from tixmaster.stack import health
from tixmaster.stack.config import Config, load
from tixmaster.stack.managers import manager_of
from tixmaster.stack.ports import unused


@pytest.fixture
def pm2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pm2]:
    """A PM2 of the test's own."""
    with own_pm2(monkeypatch) as made:
        yield made


def init(folder: Path, *options: str) -> dict[str, Any]:
    """Runs `tix init --json` there."""
    command = [sys.executable, "-m", "tixmaster", "init", "--json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def entry(document: dict[str, Any], port: int) -> dict[str, Any]:
    """What was found at the port."""
    found: list[dict[str, Any]] = [item for item in document["services"] if item["port"] == port]
    assert len(found) == 1, document["services"]
    return found[0]


def test_what_pm2_keeps(pm2: Pm2, tmp_path: Path) -> None:
    """The backend by its name, another by its own; with port, health path and logs, and the file works at once."""
    ours, other = unused(2)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "error.log").touch()
    pm2.start_shop("tixmaster-backend", ours, "--cwd", str(tmp_path))
    pm2.start_shop("Shop API", other, "-i", "2")
    assert health.wait(of_shop(ours), "shop", 20).healthy
    assert health.wait(of_shop(other), "shop", 20).healthy
    document = init(tmp_path)
    assert entry(document, ours)["service"] == "backend"
    config = load(tmp_path / "tixmaster.toml")
    assert (config.services.backend.manager, config.services.backend.health) == ("pm2", "/health")
    assert config.services.backend.error_log == Path("logs/error.log")
    assert (config.others["shop-api"].port, config.others["shop-api"].name) == (other, "Shop API")
    assert manager_of(config, "backend").status().state == "running"
    assert manager_of(config, "shop-api").status().detail == "2 of 2 instances online"


def test_what_a_person_started(tmp_path: Path) -> None:
    """By its port, called as its package says, with the command that starts it again; a dry run writes nothing."""
    (port,) = unused(1)
    (tmp_path / "package.json").write_text('{"name": "@corner/shop", "scripts": {"dev": "node shop.js"}}')
    process = subprocess.Popen([installed("node"), str(SHOP)], cwd=tmp_path, env={**os.environ, "PORT": str(port)})
    try:
        assert health.wait(of_shop(port), "shop", 20).healthy
        found = entry(init(tmp_path, "--dry-run"), port)
    finally:
        process.kill()
        process.wait(10)
    assert (found["service"], found["manager"], found["start"]) == ("corner-shop", "process", "npm run dev")
    assert f"process {process.pid}" in found["checks"][0]
    assert not (tmp_path / "tixmaster.toml").exists()


def test_a_database_is_known_by_its_answer(postgres_server: Config, tmp_path: Path) -> None:
    """Whatever its port, and whichever of several on this machine gets the name: there may be others beside this test's."""
    document = init(tmp_path, "--dry-run")
    found = entry(document, postgres_server.services.postgres.port)
    assert found["health"] is None
    assert "no health path" not in " ".join(found["checks"])  # as is said of what did not answer as a service we know
    assert "postgres" in [item["service"] for item in document["services"]]


def test_it_never_overwrites_by_itself(tmp_path: Path) -> None:
    """Exit code 2, and the way out in the message."""
    (tmp_path / "tixmaster.toml").write_text("")
    command = [sys.executable, "-m", "tixmaster", "init"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (tmp_path / "tixmaster.toml").read_text() == ""
