"""The check postgres over a real PostgreSQL: as it is, locked up, full, silent, and no PostgreSQL at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.looking import Look, looking

from tixmaster.stack.config import Config
from tixmaster.stack.postgres import database_url


@pytest.fixture
def look(postgres_server: Config) -> Look:
    """Looks at the running server."""
    return looking(postgres_server)


@pytest.fixture
def dsn(tmp_path: Path) -> Callable[[str], str]:
    """Puts a DSN into a file; the file's name."""

    def put(text: str) -> str:
        (tmp_path / "dsn").write_text(text + "\n")
        return str(tmp_path / "dsn")

    return put


def test_a_server_that_is_well(look: Look) -> None:
    """Everything is told with the rights of the role that only reads."""
    found = look("postgres")
    value = found.value
    assert (found.status, value["reachable"], value["authenticates"]) == ("ok", True, True)
    assert 0 < value["used_ratio"] == pytest.approx(value["used"] / value["most"], abs=1e-4)
    assert value["size_bytes"] > 1_000_000
    assert (value["in_recovery"], value["replica_lag_seconds"], value["blocked"]) == (False, None, 0)
    assert value["deadlocks"] >= 0


async def test_a_lock_queue_names_its_head(look: Look, database_url: str) -> None:
    """Who holds everybody up, for how long, with what statement; data in it is blacked out."""
    holder, waiting = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    await holder.execute("CREATE TABLE seat (id int)")
    await holder.execute("BEGIN; LOCK TABLE seat /* for lin@example.org */")
    pid = holder.get_server_pid()
    blocked = asyncio.ensure_future(waiting.execute("SELECT count(*) FROM seat"))
    watcher = await asyncpg.connect(database_url)
    while not await watcher.fetchval("SELECT count(*) FROM pg_sleep(0.01), pg_locks WHERE NOT granted"):
        pass
    found = await asyncio.to_thread(look, "postgres", lock_wait_below=0.001)
    await holder.execute("ROLLBACK")
    await blocked
    for one in (holder, waiting, watcher):
        await one.close()
    assert found.status == "failed"
    (head,) = found.value["blocking"]
    assert (head["pid"], head["holds_up"]) == (pid, 1)
    assert head["query"] == "BEGIN; LOCK TABLE seat /* for [e-mail] */"
    assert found.value["idle_in_transaction"] == 1
    assert found.reason.startswith(f"1 session waits for locks behind process {head['pid']} (idle in transaction")


def test_a_few_connections_may_be_too_many(look: Look) -> None:
    """The reason names what is the matter, then the figures."""
    found = look("postgres", used_ratio_below=0.001)
    assert found.status == "failed"
    assert "connections are in use (" in found.reason
    assert look("postgres", replica=True).reason.startswith("it is no replica")


async def test_a_full_server_counts_as_full(look: Look, postgres_server: Config) -> None:
    """It refuses the log-in itself; that says all about the ratio."""
    url = database_url(postgres_server, "boxoffice")
    held: list[Any] = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            held.append(await asyncpg.connect(url))
    found = await asyncio.to_thread(look, "postgres", timeout=5)
    for one in held:
        await one.close()
    assert (found.status, found.value["authenticates"], found.value["used_ratio"]) == ("failed", False, 1.0)
    assert "all connections are taken" in found.reason


def test_a_wrong_password_is_reachable_and_refused(
    look: Look, postgres_server: Config, dsn: Callable[[str], str]
) -> None:
    """With the server's own words and without the password."""
    url = urlsplit(database_url(postgres_server, "oncall"))
    found = look("postgres", dsn_file=dsn(f"postgresql://oncall:hunter2@{url.hostname}:{url.port}/tixmaster"))
    assert (found.status, found.value["reachable"], found.value["authenticates"]) == ("failed", True, False)
    assert "password authentication failed" in found.reason
    assert "hunter2" not in str(found)


def test_a_server_that_hangs_is_not_waited_for(look: Look, dsn: Callable[[str], str]) -> None:
    """It takes the connection and stays silent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        found = look("postgres", dsn_file=dsn(f"postgresql://a:b@{address}/c"), timeout=0.3)
    assert (found.status, found.value["timed_out"], found.value["reachable"]) == ("failed", True, True)
    assert "gave no answer within 0.3 s" in found.reason


@pytest.mark.parametrize("text", ["not a dsn", "mysql://a:b@127.0.0.1/c", "postgresql://a:b@127.0.0.1:many/c"])
def test_a_dsn_that_is_none_is_an_error(look: Look, dsn: Callable[[str], str], text: str) -> None:
    """Nothing is concluded about the database."""
    found = look("postgres", dsn_file=dsn(text))
    assert found.status == "error"
    assert "write postgresql:// with user, password, host, port and database" in found.reason


def test_a_dsn_file_that_cannot_be_read_is_named(look: Look, tmp_path: Path) -> None:
    """What to put there is said."""
    for place in (tmp_path / "missing", tmp_path):
        found = look("postgres", dsn_file=str(place))
        assert found.status == "error"
        assert f"cannot read the DSN file {place}" in found.reason


def test_nobody_listens(look: Look, dsn: Callable[[str], str]) -> None:
    """Neither reachable nor logged in."""
    found = look("postgres", dsn_file=dsn("postgresql://a:b@127.0.0.1:1/c"))
    assert (found.status, found.value["reachable"]) == ("failed", False)
