"""Shared fixtures: a configuration on free ports, a real PostgreSQL, a fresh database a test."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from tests import leash, sampling
from tests.browser import Browser, chromium
from tests.engine import own_engine

from tixmaster.boxoffice.database.migrate import migrate
from tixmaster.stack import health, postgres, secrets, system_user
from tixmaster.stack.config import SERVICE_NAMES, Config, Service, Services
from tixmaster.stack.ports import unused

ROOT = Path(__file__).parents[1]
SAMPLED = "sampled"


def pytest_configure() -> None:
    """Nothing that tests start outlives them."""
    leash.begin()


def pytest_report_header() -> str:
    """What of the long tests is due in this run."""
    return f"long tests: {sampling.plan().why}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A green run of everything is noted, so that a later one can take the slots since then."""
    is_worker = hasattr(session.config, "workerinput")
    if exitstatus == 0 and not is_worker and os.environ.get(sampling.WHOLE):
        sampling.record()


@pytest.fixture
def sampled(record_property: Callable[[str, object], None]) -> sampling.Sampled:
    """Notes what a long test took."""

    def note(what: str, taken: int, of: int) -> None:
        record_property(SAMPLED, f"{what}: {taken} of {of}")

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was sampled."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    notes = [str(value) for report in reports for name, value in report.user_properties if name == SAMPLED]
    if notes and not sampling.plan().full:
        terminalreporter.write_line(
            f"sampled ({sampling.plan().why}; `./tix test --full` takes all): {'; '.join(notes)}"
        )


def pytest_unconfigure() -> None:
    """What tests that failed have left behind ends now."""
    leash.end()


def make_config(root: Path) -> Config:
    """A configuration with all its state below `root`, on free ports, with generated secrets."""
    ports = unused(len(SERVICE_NAMES))
    places = {name: Service(port=port) for name, port in zip(SERVICE_NAMES, ports, strict=True)}
    config = Config(root=root, services=Services(**places))
    config = msgspec.structs.replace(config, oncall=msgspec.structs.replace(config.oncall, sop=ROOT / "sop"))
    system_user.make_private(root)
    system_user.make_private(config.var)
    secrets.ensure_all(config)
    return config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration of the test's own."""
    return make_config(tmp_path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Config]:
    """A running PostgreSQL, as `tix up` runs it but for `fsync`: here no machine loses its power."""
    root = Path(tempfile.mkdtemp(prefix="tix-pg-"))
    config = make_config(root)
    postgres.ensure_cluster(config)
    with (root / "postgres.log").open("wb") as log:
        command = [*postgres.command(config), "-c", "fsync=off", "-c", "full_page_writes=off"]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
    assert health.wait(config, "postgres", 120).healthy
    postgres.ensure_database(config)
    yield config
    process.send_signal(2)
    process.wait(30)
    shutil.rmtree(root, ignore_errors=True)


MIGRATED = "migrated"
"""The template of the tests' databases: the box office's tables, without rows."""


@pytest.fixture(scope="session")
def migrated_server(postgres_server: Config) -> Config:
    """The same PostgreSQL, with the template."""

    async def migrated() -> None:
        connection = await asyncpg.connect(postgres.database_url(postgres_server, "boxoffice", MIGRATED))
        await migrate(connection)
        await connection.close()

    _administer(postgres_server, f"CREATE DATABASE {MIGRATED} OWNER boxoffice")
    _in_a_thread(migrated())
    return postgres_server


@pytest.fixture
def database_url(migrated_server: Config) -> Iterator[str]:
    """The address of a database with the box office's tables, without rows, that belongs to the test alone."""
    with _database(migrated_server, f"TEMPLATE {MIGRATED} OWNER boxoffice") as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: Config) -> Iterator[str]:
    """The address of a database without tables that belongs to the test alone."""
    with _database(postgres_server, "OWNER boxoffice") as url:
        yield url


@contextmanager
def _database(server: Config, how: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} {how}")
    yield postgres.database_url(server, "boxoffice", name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: Config, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(postgres.database_url(server, "postgres", "postgres"))
        await connection.execute(statement)
        await connection.close()

    _in_a_thread(run())


def _in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Where a browser is open, this thread has Playwright's loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[str]:
    """A real Docker Engine, shared by the tests, who remove their containers; its address."""
    with own_engine() as address:
        yield address


@pytest.fixture(scope="module")
def shared_chromium() -> Iterator[Any]:
    """One browser a file: Playwright's loop must be gone before tests that have loops of their own."""
    with chromium() as launched:
        yield launched


@pytest.fixture
def browser(shared_chromium: Any) -> Iterator[Browser]:
    """A real browser with no windows open; errors in them and requests to other machines fail the test."""
    opened = Browser(shared_chromium)
    yield opened
    opened.close()
    assert opened.problems() == []
