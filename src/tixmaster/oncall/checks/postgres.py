"""Does PostgreSQL take a log-in and answer, and is anything about to run out? SOP 3.3."""

from __future__ import annotations

import asyncio

import asyncpg

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check
from tixmaster.stack.postgres import database_url

_STATE = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS connections,
       current_setting('max_connections')::int AS max_connections,
       (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float AS longest_transaction_seconds,
       (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock')::int AS waiting_for_locks,
       pg_is_in_recovery() AS in_recovery
"""
CONNECTIONS_NEARLY_GONE = 0.97


class PostgresParams(Params, frozen=True, kw_only=True):
    """Needs none: there is one database."""


@check("postgres", PostgresParams)
def postgres(_params: PostgresParams, scene: Scene) -> Finding:
    """Logs in and reads the server's own view of its connections and locks."""
    try:
        state = asyncio.run(asyncio.wait_for(_read_state(database_url(scene.config, "oncall")), scene.timeout))
    except TimeoutError:
        return Finding(status="failed", reason=f"PostgreSQL gave no answer within {scene.timeout:g} s")
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(status="failed", reason=f"PostgreSQL refuses: {error}", value={"error": str(error)})
    used = state["connections"] / state["max_connections"]
    return Finding(
        status="failed" if used >= CONNECTIONS_NEARLY_GONE else "ok",
        reason=f"{state['connections']} of {state['max_connections']} connections, "
        f"{state['waiting_for_locks']} waiting for locks, "
        f"longest transaction {state['longest_transaction_seconds']:.0f} s",
        value={**state, "used_ratio": used},
    )


async def _read_state(url: str) -> dict[str, float | int | bool]:
    connection = await asyncpg.connect(url)
    try:
        return dict(await connection.fetchrow(_STATE))
    finally:
        await connection.close()
