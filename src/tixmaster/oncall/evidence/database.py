"""PostgreSQL's own view of the moment: connections, the longest transactions, locks that are waited for, who holds them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg

from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, as_json
from tixmaster.stack.postgres import database_url
from tixmaster.stack.said import Said, said, system

TITLE: Final = Said("Database", "資料庫")
SECONDS: Final = 2.5
_HERE, _CHECKS = Path(__file__).parent, Path(__file__).parents[1] / "checks"
_QUERIES: Final = {
    "server": (_CHECKS / "postgres.sql").read_text(encoding="utf-8"),
    "connections": (_HERE / "database_connections.sql").read_text(encoding="utf-8"),
    "longest": (_HERE / "database_statements.sql").read_text(encoding="utf-8"),
    "waiting": (_HERE / "database_locks.sql").read_text(encoding="utf-8"),
    "blocking": (_CHECKS / "postgres_blocking.sql").read_text(encoding="utf-8"),
}


def take(sight: Sight) -> Iterator[Item]:
    """One document of all of it, asked in one session as the role `oncall`, which only reads."""
    url = database_url(sight.config, "oncall")
    try:
        found = asyncio.run(_ask(url))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        silent = said("no answer within {seconds:g} s", "{seconds:g} 秒內沒有回應", seconds=SECONDS)
        why = system(error) if str(error) else silent
        reason = said("PostgreSQL did not tell: {why}", "PostgreSQL 未提供資訊：{why}", why=why)
        yield Missing(kind="database", title=TITLE, status="failed", reason=reason)
        return
    server = found["server"][0]
    title = said(
        "Database: {used} of {most} connections, {blocked} waiting for locks",
        "資料庫：連線 {used}／{most}，{blocked} 個等待鎖定",
        used=server["used"],
        most=server["most"],
        blocked=server["blocked"],
    )
    yield Taken(kind="database", title=title, name="database.json", content=as_json(found))


async def _ask(url: str) -> dict[str, list[dict[str, Any]]]:
    async with asyncio.timeout(SECONDS):
        connection = await asyncpg.connect(url, server_settings={"application_name": "tixmaster-oncall-evidence"})
        try:
            return {name: [dict(row) for row in await connection.fetch(query)] for name, query in _QUERIES.items()}
        finally:
            connection.terminate()
