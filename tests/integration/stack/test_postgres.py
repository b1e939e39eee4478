"""PostgreSQL of the wheel, as `tix up` runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import psutil
import pytest

from tixmaster.stack import database, health, postgres, secrets
from tixmaster.stack.config import Config


@pytest.fixture
def server(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    """A server of the test's own."""
    assert postgres.ensure_cluster(config)
    with (config.var / "postgres.log").open("wb") as log:
        process = subprocess.Popen(postgres.command(config), stdout=log, stderr=log, cwd="/")
    assert health.wait(config, "postgres", 120).healthy
    yield process
    process.send_signal(signal.SIGINT)
    process.wait(30)


def test_health_follows_the_server(config: Config, server: subprocess.Popen[bytes]) -> None:
    """It counts connections while it runs, and says that none are taken when it does not."""
    assert health.probe(config, "postgres").detail.endswith("of 100 connections")
    server.send_signal(signal.SIGINT)
    server.wait(20)
    found = health.probe(config, "postgres")
    assert (found.healthy, "refuses connections" in found.detail) == (False, True)


def test_data_survives_and_the_cluster_is_made_once(config: Config, server: subprocess.Popen[bytes]) -> None:
    """A second `ensure` finds cluster, database and roles."""
    postgres.ensure_database(config)
    postgres.ensure_database(config)
    assert not postgres.ensure_cluster(config)


def test_a_wrong_password_is_refused(config: Config, server: subprocess.Popen[bytes]) -> None:
    """SCRAM on TCP, from this machine too."""
    secrets.write(config, "postgres-password", "wrong")
    assert "password authentication failed" in health.probe(config, "postgres").detail


def test_oncall_may_look_and_not_touch(config: Config, server: subprocess.Popen[bytes]) -> None:
    """Its role reads the server's state; the box office's tables are not its own."""
    postgres.ensure_database(config)

    async def look() -> int:
        connection = await asyncpg.connect(postgres.database_url(config, "oncall"))
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("CREATE TABLE public.mine (x int)")
            return int(await connection.fetchval("SELECT count(*) FROM pg_stat_activity"))
        finally:
            await connection.close()

    assert asyncio.run(look()) > 0


def test_the_server_is_not_root(config: Config, server: subprocess.Popen[bytes]) -> None:
    """Wherever we are, it has no rights beyond its own files."""
    running = psutil.Process(server.pid)
    assert running.uids().effective == (os.geteuid() or running.uids().effective) != 0


def test_the_check_of_a_dead_database(config: Config) -> None:
    """Three tries, then the port, the process and the log-in are each named."""
    port, process, login = database.check(config)
    assert port.detail.startswith(
        f"PostgreSQL refuses connections on 127.0.0.1:{config.services.postgres.port} (tried 3"
    )
    assert not process.ok
    assert not login.ok


def test_the_readers_password_does_where_the_superusers_is_kept_from_us(
    postgres_server: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the container of on-call, which has no business with the other; the process is not seen from there."""
    (tmp_path / "postgres-oncall-password").write_text(secrets.read(postgres_server, "postgres-oncall-password"))
    place = msgspec.structs.replace(postgres_server.services.postgres, manager="docker")
    services = msgspec.structs.replace(postgres_server.services, postgres=place)
    inside = msgspec.structs.replace(postgres_server, secrets=tmp_path, services=services)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert [(it.what, it.ok) for it in database.check(inside)] == [("port", True), ("process", True), ("log-in", True)]
    (tmp_path / "postgres-oncall-password").write_text("wrong")
    assert "password authentication failed" in health.probe(inside, "postgres").detail
