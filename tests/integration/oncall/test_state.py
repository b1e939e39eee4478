"""The state promises the same in a SQLite file and in a PostgreSQL database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.integration.boxoffice.cluster import Cluster
from tests.schema import differences

from tixmaster.oncall.errors import GivenUpError, StateError
from tixmaster.oncall.replicas import Replicas
from tixmaster.oncall.store import Database, facts, open_database, open_server
from tixmaster.oncall.store.schema import replica
from tixmaster.stack.config import Config

from .state import new_database, state_server

NOW = datetime(2026, 3, 1, 3, 12, 40, tzinfo=UTC)
Open = Callable[[], Database]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with state_server(tmp_path_factory.mktemp("state")) as cluster:
        yield cluster


@pytest.fixture
def shared(server: Cluster) -> sa.URL:
    """A new database of the server."""
    return new_database(server, f"oncall_{uuid4().hex[:8]}")


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens one and the same state again and again."""
    databases: list[Database] = []
    url = request.getfixturevalue("shared") if request.param == "postgresql" else None

    def another() -> Database:
        databases.append(open_server(url) if url else open_database(tmp_path / "oncall.sqlite"))
        return databases[-1]

    yield another
    for database in databases:
        database.close()


def count(database: Database) -> int:
    with database.write() as connection:
        fact = connection.execute(sa.text("SELECT count(*) FROM fact")).scalar_one()
        facts.put(connection, f"fact-{fact}", 1, NOW)
        return int(fact)


def test_migrations_build_the_schema(opened: Open) -> None:
    """A fresh state, migrated, differs in nothing from the tables in `schema.py`."""
    with opened().read() as connection:
        assert differences(connection) == []


def test_two_replicas_may_find_the_database_empty(shared: sa.URL) -> None:
    """One makes the tables, the other waits for them."""
    with ThreadPoolExecutor() as pool:
        for database in pool.map(open_server, [shared, shared]):
            assert count(database) >= 0
            database.close()


def test_there_is_one_writer_at_a_time(opened: Open) -> None:
    """What is read within `write()` is still so when it is written: of 60 who count and add one, no two count the same."""
    databases = [opened(), opened()]
    with ThreadPoolExecutor(6) as pool:
        counted = list(pool.map(lambda turn: count(databases[turn % 2]), range(60)))
    assert sorted(counted) == list(range(60))


def test_a_reader_sees_one_moment_and_waits_for_nobody(opened: Open) -> None:
    """What is committed while it reads comes after; a transaction that breaks leaves nothing."""
    database, other = opened(), opened()
    with database.read() as reader:
        assert reader.execute(sa.text("SELECT count(*) FROM fact")).scalar_one() == 0
        count(other)
        with suppress(ZeroDivisionError), other.write() as writer:
            facts.put(writer, "broken", 1, NOW)
            raise ZeroDivisionError
        assert reader.execute(sa.text("SELECT count(*) FROM fact")).scalar_one() == 0
    assert count(database) == 1


def test_sessions_that_a_restart_ended_are_replaced(server: Cluster, shared: sa.URL) -> None:
    """The first question after the server is back is answered."""
    database = open_server(shared)
    count(database)
    server.kill()
    server.start()
    assert count(database) == 1
    database.close()


def test_a_server_that_is_away_is_named(server: Cluster) -> None:
    """With its address and without its password."""
    with pytest.raises(StateError, match=r"postgresql.*:\*\*\*@127.0.0.1:1/x cannot be used.*\[oncall\]") as refused:
        open_server(sa.make_url("postgresql://oncall:hunter2@127.0.0.1:1/x"))
    assert "hunter2" not in str(refused.value)


def replicas(folder: Path, database: Database, watch: Callable[[], float], ended: threading.Event) -> Replicas:
    """A replica with a state folder of its own."""
    (folder / "var" / "oncall").mkdir(parents=True)
    one = Replicas(Config(root=folder), database, given_up=ended.set, clock=watch)
    one.join(NOW)
    return one


def test_a_silent_replica_is_taken_off_the_list(shared: sa.URL, tmp_path: Path) -> None:
    """The other leads then; the silent one is told at its next beat, and its writes are refused."""
    ended, mine, theirs = threading.Event(), open_server(shared), open_server(shared)
    watch = iter([0.0, 9.0, 10.0])
    first = replicas(tmp_path / "first", theirs, lambda: 0.0, ended)
    second = replicas(tmp_path / "second", mine, lambda: next(watch), threading.Event())
    assert (first.leads(), second.leads()) == (True, False)
    for leads in (False, False, True):
        second.look()
        assert second.leads() is leads
    with pytest.raises(GivenUpError, match="another has taken over its work"), theirs.write():
        pass
    assert ended.is_set()
    mine.close()
    theirs.close()


def test_a_replica_that_beats_is_left_alone(shared: sa.URL, tmp_path: Path) -> None:
    """However far the other's watch has moved on between two looks."""
    mine, theirs = open_server(shared), open_server(shared)
    watch = iter([0.0, 900.0, 1800.0])
    first = replicas(tmp_path / "first", theirs, lambda: 0.0, threading.Event())
    second = replicas(tmp_path / "second", mine, lambda: next(watch), threading.Event())
    for _ in range(3):
        first.look()
        second.look()
    with mine.read() as connection:
        assert len(connection.execute(sa.select(replica.c.id)).all()) == 2
    mine.close()
    theirs.close()
