"""PostgreSQL stops, freezes, runs out of connections, is locked up, or refuses the log-in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.freeze import frozen
from tixmaster.drills.scene import Scene
from tixmaster.stack import secrets
from tixmaster.stack.managers import manager_of
from tixmaster.stack.postgres import PASSWORDS, database_url

CONNECT_SECONDS = 5.0
MOST_CONNECTIONS = 2000
OTHER_PASSWORD = "not-the-password-that-the-backend-knows"  # noqa: S105 - it opens nothing: the drill sets and unsets it
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'boxoffice'"


@contextmanager
def _stopped(scene: Scene) -> Iterator[None]:
    manager = manager_of(scene.config, "postgres")
    manager.stop()
    try:
        yield
    finally:
        manager.start()


@contextmanager
def _all_connections_taken(scene: Scene) -> Iterator[None]:
    """A program that opens connections and never closes them has taken the last one."""
    url = database_url(scene.config, "boxoffice")
    held: list[asyncpg.Connection] = []
    with asyncio.Runner() as runner:
        try:
            runner.run(_take_all(url, held))
            yield
        finally:
            runner.run(_give_back(held))


async def _take_all(url: str, held: list[asyncpg.Connection]) -> None:
    try:
        while len(held) < MOST_CONNECTIONS:
            held.append(
                await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings={"application_name": "report"})
            )
    except asyncpg.TooManyConnectionsError:
        return
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DrillError(f"could not take PostgreSQL's connections, after {len(held)}: {error}") from error
    raise DrillError(
        f"PostgreSQL still has connections after {MOST_CONNECTIONS}; this drill wants a smaller max_connections"
    )


async def _give_back(held: list[asyncpg.Connection]) -> None:
    for connection in held:
        connection.terminate()


@contextmanager
def _tickets_locked(scene: Scene) -> Iterator[None]:
    """Somebody has changed all ticket types by hand, and gone to lunch without COMMIT."""
    with asyncio.Runner() as runner:
        connection = runner.run(_connected(database_url(scene.config, "boxoffice")))
        try:
            runner.run(_said(connection, "BEGIN; UPDATE ticket_types SET total_quantity = total_quantity"))
            yield
        finally:
            connection.terminate()


@contextmanager
def _password_changed(scene: Scene) -> Iterator[None]:
    """An administrator sets another password for the backend's role, and ends its sessions."""

    url = database_url(scene.config, "postgres")
    try:
        asyncio.run(_set_password(url, OTHER_PASSWORD))
        yield
    finally:
        asyncio.run(_set_password(url, secrets.read(scene.config, PASSWORDS["boxoffice"])))


async def _set_password(url: str, password: str) -> None:
    connection = await _connected(url)
    try:
        await _said(connection, f"ALTER ROLE boxoffice PASSWORD '{password}'; {END_SESSIONS}")
    finally:
        connection.terminate()


async def _connected(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DrillError(f"PostgreSQL takes no log-in ({error or type(error).__name__}): `tix check db`") from error


async def _said(connection: asyncpg.Connection, statement: str) -> None:
    try:
        await connection.execute(statement, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DrillError(
            f"PostgreSQL does not carry out the drill's statement: {error or type(error).__name__}"
        ) from error


HIGH_ERROR_RATE = Drill(
    name="high-error-rate",
    title="PostgreSQL is stopped under traffic",
    title_zh="在有流量時停止 PostgreSQL",
    cause="database-refuses-connections",
    event=_stopped,
    remedy="restart postgres",
    service="postgres",
)
DATABASE_HANGS = Drill(
    name="database-hangs",
    title="all of PostgreSQL's processes are frozen (SIGSTOP)",
    title_zh="凍結 PostgreSQL 的所有程序（SIGSTOP）",
    cause="database-hangs",
    event=frozen("postgres"),
    remedy="restart postgres",
    service="postgres",
)
CONNECTIONS_EXHAUSTED = Drill(
    name="connections-exhausted",
    title="a program takes all of PostgreSQL's connections",
    title_zh="某程式占用 PostgreSQL 的所有連線",
    cause="database-connections-exhausted",
    event=_all_connections_taken,
    service="postgres",
)
LOCK_QUEUE = Drill(
    name="lock-queue",
    title="a session changes the ticket types and does not commit",
    title_zh="某連線修改票種後遲不提交",
    cause="database-lock-queue",
    event=_tickets_locked,
    service="postgres",
)
LOGIN_REFUSED = Drill(
    name="login-refused",
    title="somebody changes the password of the backend's database role",
    title_zh="有人變更了後端資料庫帳號的密碼",
    cause="database-login-refused",
    event=_password_changed,
    service="postgres",
)
