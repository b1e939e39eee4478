"""Does PostgreSQL take a log-in and answer, and is anything about to run out or stuck? SOP 3.3."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import asyncpg
from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.postgres import database_url
from tixmaster.stack.said import Said, joined, said, system, verbatim

_STATE = Path(__file__).with_name("postgres.sql").read_text(encoding="utf-8")
_BLOCKING = Path(__file__).with_name("postgres_blocking.sql").read_text(encoding="utf-8")
_SIZE = "SELECT pg_database_size(current_database())"
QUERY_LENGTH = 160
DSN = said(
    "postgresql:// with user, password, host, port and database",
    "postgresql:// 加上使用者、密碼、主機、連接埠與資料庫",
)
CLOSE_SECONDS = 0.5
Seconds = Annotated[float, Meta(gt=0)]
Ratio = Annotated[float, Meta(gt=0, le=1)]


class PostgresParams(Params, frozen=True, kw_only=True):
    """Without `dsn_file` it is our own database, with the log-in of the role `oncall`, which only reads."""

    dsn_file: Annotated[
        str | None,
        about("a file with one line postgresql://user:password@host:port/database; give a role of pg_monitor"),
    ] = None
    used_ratio_below: Annotated[Ratio, about("the part of the connections that may be in use")] = 0.97
    lock_wait_below: Annotated[Seconds, about("seconds that a session may hold up others by a lock")] = 5.0
    replica: Annotated[bool, about("whether it should be a replica; else being in recovery is a failure")] = False
    replica_lag_below: Annotated[Seconds, about("seconds that a replica may lag behind")] = 60.0


class Blocking(Value, frozen=True, kw_only=True):
    """A session that others wait for, at the head of a queue."""

    pid: int
    state: str
    seconds: float | None
    query: str
    holds_up: int


class PostgresValue(Value, frozen=True, kw_only=True):
    """The server's own view."""

    reachable: Annotated[bool | None, about("whether anything answers at its address")] = None
    authenticates: Annotated[bool, about("whether it took the log-in")] = False
    timed_out: Annotated[bool, about("whether the time limit passed")] = False
    error: Annotated[str | None, about("in what words it refused")] = None
    used: Annotated[int | None, about("connections of clients")] = None
    most: Annotated[int | None, about("max_connections")] = None
    used_ratio: Annotated[float | None, about("used of most; 1 where it refused us because all are taken")] = None
    longest_transaction_seconds: Annotated[float | None, about("age of the oldest open transaction")] = None
    idle_in_transaction: Annotated[int | None, about("sessions that hold a transaction open and do nothing")] = None
    blocked: Annotated[int | None, about("sessions that wait for a lock")] = None
    longest_wait_seconds: Annotated[float | None, about("how long the first of them has waited")] = None
    held_up_seconds: Annotated[
        float | None,
        about("how long the queue has been held up: its longest wait, or the age of the transaction at its head"),
    ] = None
    blocking: Annotated[
        tuple[Blocking, ...], about("the sessions at the heads of the queues, their queries redacted")
    ] = ()
    deadlocks: Annotated[int | None, about("of all databases, since the statistics were reset")] = None
    size_bytes: Annotated[int | None, about("of the database; null where there was no time to count")] = None
    in_recovery: Annotated[bool | None, about("replica, or still replaying after a crash")] = None
    replica_lag_seconds: Annotated[float | None, about("null on a primary")] = None


@check("postgres", PostgresParams, PostgresValue)
def postgres(params: PostgresParams, scene: Scene) -> Finding:
    """Logs in and reads the server's own view of its connections, transactions and locks."""
    url = _url(params, scene)
    try:
        value = asyncio.run(_ask(url, scene.timeout))
    except TimeoutError:
        value = PostgresValue(reachable=_listens(url), timed_out=True)
        return _failed(
            said(
                "PostgreSQL gave no answer within {seconds:g} s",
                "PostgreSQL 於 {seconds:g} 秒內沒有回應",
                seconds=scene.timeout,
            ),
            value,
        )
    except asyncpg.TooManyConnectionsError as error:
        words = redact(str(error))
        value = PostgresValue(reachable=True, used_ratio=1.0, error=words)
        return _failed(
            said(
                "PostgreSQL takes no log-in, all connections are taken: {why}",
                "PostgreSQL 不接受登入，連線數已滿：{why}",
                why=words,
            ),
            value,
        )
    except (asyncpg.PostgresError, asyncpg.InternalClientError) as error:
        words = redact(str(error))
        return _failed(
            said("PostgreSQL takes no log-in: {why}", "PostgreSQL 不接受登入：{why}", why=words),
            PostgresValue(reachable=True, error=words),
        )
    except (asyncpg.InterfaceError, ValueError) as error:
        reason = said(
            "the DSN cannot be used: {why}; write {wanted}",
            "DSN 無法使用：{why}；請寫入 {wanted}",
            why=redact(str(error)),
            wanted=DSN,
        )
        return Finding(status="error", reason=reason, value=PostgresValue().plain())
    except OSError as error:
        words = error.strerror or str(error)
        return _failed(
            said("PostgreSQL cannot be reached: {why}", "無法連線至 PostgreSQL：{why}", why=system(words)),
            PostgresValue(reachable=_listens(url), error=words),
        )
    wrong = _wrong(params, value)
    reason = said(
        "{used} of {most} connections, {blocked} waiting for locks, longest transaction {seconds:.0f} s",
        "連線 {used}／{most}，{blocked} 個等待鎖定，最長交易 {seconds:.0f} 秒",
        used=value.used,
        most=value.most,
        blocked=value.blocked,
        seconds=value.longest_transaction_seconds or 0,
    )
    if wrong:
        reason = said("{wrong} ({state})", "{wrong}（{state}）", wrong=joined(wrong), state=reason)
    return Finding(status="failed" if wrong else "ok", reason=reason, value=value.plain())


def _failed(reason: Said, value: PostgresValue) -> Finding:
    return Finding(status="failed", reason=reason, value=value.plain())


def _url(params: PostgresParams, scene: Scene) -> str:
    if params.dsn_file is None:
        return database_url(scene.config, "oncall")
    file = scene.config.path_of(Path(params.dsn_file))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None)
        raise ConfigError(
            said(
                "cannot read the DSN file {file}: {why}. Put one line there: {wanted}",
                "無法讀取 DSN 檔案 {file}：{why}。請於其中寫入一行：{wanted}",
                file=file,
                why=system(why) if why else said("it is no text", "內容並非文字"),
                wanted=DSN,
            )
        ) from error


async def _ask(url: str, seconds: float) -> PostgresValue:
    """Everything in one session, within the time limit; the size, which may take long, in what is left of it."""
    async with asyncio.timeout(seconds):
        connection = await asyncpg.connect(url, server_settings={"application_name": "tixmaster-oncall-check"})
        try:
            state = dict(await connection.fetchrow(_STATE))
            blocking = await connection.fetch(_BLOCKING) if state["blocked"] else []
            size = await _size(connection, seconds / 3)
        finally:
            await _closed(connection)
    heads = tuple(_blocking(row) for row in blocking)
    return PostgresValue(
        reachable=True,
        authenticates=True,
        used_ratio=round(state["used"] / state["most"], 4),
        held_up_seconds=max([state["longest_wait_seconds"], *(one.seconds or 0.0 for one in heads)]),
        blocking=heads,
        size_bytes=size,
        **state,
    )


async def _size(connection: Any, seconds: float) -> int | None:
    try:
        size: int = await connection.fetchval(_SIZE, timeout=seconds)
    except TimeoutError:
        return None
    return size


async def _closed(connection: Any) -> None:
    """Says goodbye; a server that has stopped listening is left without."""
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()


def _blocking(row: Any) -> Blocking:
    query = redact(" ".join(row["query"].split()))
    return Blocking(**(dict(row) | {"query": query[:QUERY_LENGTH]}))


def _listens(url: str) -> bool | None:
    """Whether a server that did not let us in at least takes connections; None where its address is not told by the URL."""
    try:
        place = urlsplit(url)
        if not place.hostname:
            return None
        socket.create_connection((place.hostname, place.port or 5432), timeout=CLOSE_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


def _wrong(params: PostgresParams, value: PostgresValue) -> list[Said]:
    """What is the matter, the worst first."""
    wrong: list[Said] = []
    if value.in_recovery and not params.replica:
        wrong.append(said("it is in recovery and takes no writes", "復原中，不接受寫入"))
    if (value.used_ratio or 0) >= params.used_ratio_below:
        wrong.append(
            said(
                "{used} of {most} connections are in use",
                "{most} 條連線已使用 {used} 條",
                used=value.used,
                most=value.most,
            )
        )
    if value.blocked and (value.held_up_seconds or 0) >= params.lock_wait_below:
        wrong.append(_held_up(value))
    if params.replica and not value.in_recovery:
        wrong.append(said("it is no replica", "並非複本"))
    if (lag := value.replica_lag_seconds or 0) >= params.replica_lag_below:
        wrong.append(said("the replica lags {lag:.0f} s behind", "複本落後 {lag:.0f} 秒", lag=lag))
    return wrong


def _held_up(value: PostgresValue) -> Said:
    """Those who wait may give up after a second and others come: the transaction at the head tells how long it lasts."""
    held = verbatim("")
    for head in value.blocking[:1]:
        held = said(
            " behind process {pid} ({state}, {seconds:.0f} s)",
            "（卡在行程 {pid} 之後：{state}，{seconds:.0f} 秒）",
            pid=head.pid,
            state=head.state,
            seconds=head.seconds or 0,
        )
    return said(
        "{count} {wait} for locks{held}, the longest for {seconds:.0f} s",
        "{count} {wait}鎖定{held}，最久 {seconds:.0f} 秒",
        count=value.blocked,
        wait=Said("session waits" if value.blocked == 1 else "sessions wait", "個工作階段等待"),
        held=held,
        seconds=value.longest_wait_seconds or 0,
    )
