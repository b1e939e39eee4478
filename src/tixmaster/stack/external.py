"""Services that ours need and that somebody else keeps running: checked before `tix up` starts anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tixmaster.stack import ports, postgres, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.said import said, system

TIMEOUT_SECONDS = 5.0


def check(config: Config, say: Callable[[str], None]) -> None:
    """Makes sure that our box office can log in to a PostgreSQL that is not ours; its database and roles are created
    where the superuser's password is known.

    Raises `UnreachableError` where nothing answers, and `ConfigError` with the ways out where the log-in is refused.
    """
    theirs, ours = config.services.postgres, config.services.backend
    if theirs.manager == "supervisor" or ours.manager != "supervisor":
        return
    if _refusal(config, "boxoffice", postgres.DATABASE) is None:
        return
    if _refusal(config, "postgres", "postgres") is None:
        postgres.ensure_database(config)
        say(f"created the database {postgres.DATABASE} and its roles in the PostgreSQL at {theirs.host}:{theirs.port}")
    if (refusal := _refusal(config, "boxoffice", postgres.DATABASE)) is not None:
        raise ConfigError(_ways_out(config, refusal))


def _refusal(config: Config, role: postgres.Role, database: str) -> str | None:
    """Why the server takes no log-in of the role; None where it does."""
    import asyncpg

    async def log_in() -> None:
        address = postgres.database_url(config, role, database)
        connection = await asyncpg.connect(address, timeout=TIMEOUT_SECONDS)
        await connection.close(timeout=TIMEOUT_SECONDS)

    try:
        asyncio.run(log_in())
    except asyncpg.PostgresError as error:
        return str(error)
    except (OSError, TimeoutError) as error:
        place = config.services.postgres
        raise UnreachableError(
            said(
                "PostgreSQL at {host}:{port} does not answer: {why}. The box office needs it, and `{manager}` keeps it "
                "([services.postgres] in {path}), so `tix up` does not start it. Start it and retry. Nothing was started.",
                "PostgreSQL（{host}:{port}）沒有回應：{why}。售票後端需要它，而它由 `{manager}` 管理"
                "（{path} 的 [services.postgres]），`tix up` 不會啟動它。請先啟動它再重試。尚未啟動任何服務。",
                host=place.host,
                port=place.port,
                why=system(error),
                manager=place.manager,
                path=config.path,
            )
        ) from error
    return None


def _ways_out(config: Config, refusal: str) -> str:
    place = config.services.postgres
    boxoffice, oncall, superuser = (
        secrets.path(config, postgres.PASSWORDS[role]) for role in ("boxoffice", "oncall", "postgres")
    )
    free = next(port for port in range(5433, 65536) if port != place.port and ports.free("127.0.0.1", port))
    return f"""\
{config.path}: services.postgres: the box office cannot log in to PostgreSQL at {place.host}:{place.port} \
(kept by {place.manager}): {refusal}.
Nothing was started. Do one of these, then run `tix up` again:
  1. Run a separate PostgreSQL for TixMaster and keep watching this one under another name. In {config.path},
     rename the table [services.postgres] to [services.database] and add:
       [services.postgres]
       port = {free}
  2. Let `tix up` create the database {postgres.DATABASE} and two roles there: write the password of its superuser
     `postgres` into {superuser}
  3. Create them yourself, as a superuser of that server:
       CREATE ROLE boxoffice LOGIN PASSWORD '<the text in {boxoffice}>';
       CREATE ROLE oncall LOGIN PASSWORD '<the text in {oncall}>' IN ROLE pg_monitor;
       CREATE DATABASE {postgres.DATABASE} OWNER boxoffice;"""
