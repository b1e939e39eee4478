"""`tix up` where somebody else keeps what ours need: a PostgreSQL that was there before."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import make_config
from tests.system import placed, tix

from tixmaster.stack import config as configuration
from tixmaster.stack import health, packages, postgres, secrets
from tixmaster.stack.config import Config


@pytest.fixture
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A PostgreSQL of somebody else: only its superuser is there, with a password of its own."""
    config = make_config(tmp_path_factory.mktemp("theirs"))
    postgres.ensure_cluster(config)
    with (config.root / "postgres.log").open("wb") as log:
        process = subprocess.Popen(postgres.command(config), stdout=log, stderr=log, cwd="/")
    assert health.wait(config, "postgres", 120).healthy
    yield config
    process.send_signal(signal.SIGINT)
    process.wait(30)


def beside(folder: Path, port: int) -> Config:
    """A system of ours on free ports, with the PostgreSQL of somebody else at that port."""
    config = placed(folder, 'timing = "drill"')
    assert config.path is not None
    text = config.path.read_text()
    own = f"postgres = {{ port = {config.services.postgres.port} }}"
    assert own in text
    config.path.write_text(text.replace(own, f'postgres = {{ port = {port}, manager = "process" }}'))
    return configuration.load(config.path)


def test_a_refused_log_in_stops_the_start_and_says_the_ways_out(theirs: Config, tmp_path: Path) -> None:
    """Nothing is started, nothing is installed, and there is no traceback."""
    config = beside(tmp_path, theirs.services.postgres.port)
    done = tix(config, "up")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"{config.path}:" in done.stderr
    assert "CREATE ROLE boxoffice LOGIN PASSWORD" in done.stderr
    assert "rename the table [services.postgres]" in done.stderr
    assert not (config.var / "supervisor").exists()
    assert tix(config, "down").stdout == "nothing was running\n"


def test_a_database_that_is_down_stops_the_start(tmp_path: Path) -> None:
    """It is not ours to start."""
    (port,) = (placed(tmp_path).services.postgres.port,)
    done = tix(beside(tmp_path, port), "up")
    assert done.returncode == 3
    assert "Nothing was started" in done.stderr
    assert not (tmp_path / "var" / "supervisor").exists()


def test_with_the_superuser_password_everything_is_healthy(theirs: Config, tmp_path: Path) -> None:
    """`tix up` makes the database and the roles there; `tix down` leaves the server running."""
    if packages.missing():
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = beside(tmp_path, theirs.services.postgres.port)
    secrets.ensure_all(config)
    secrets.write(config, "postgres-password", secrets.read(theirs, "postgres-password"))
    try:
        done = tix(config, "up")
        assert done.returncode == 0, done.stderr
        assert "created the database tixmaster and its roles" in done.stdout
        assert json.loads(tix(config, "status", "--json").stdout)["ok"]
        assert not (config.var / "postgres").exists()
    finally:
        assert tix(config, "down").returncode == 0
    assert health.probe(theirs, "postgres").healthy


def test_the_readers_log_in_is_enough_to_see_that_it_is_well(theirs: Config, tmp_path: Path) -> None:
    """Where the roles were created by hand, the superuser's password stays unknown here."""
    postgres.ensure_database(theirs)
    config = beside(tmp_path, theirs.services.postgres.port)
    secrets.ensure_all(config)
    for name in ("postgres-oncall-password", "postgres-boxoffice-password"):
        secrets.write(config, name, secrets.read(theirs, name))
    assert health.probe(config, "postgres").healthy
