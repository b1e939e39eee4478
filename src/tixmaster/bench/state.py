"""Where the on-call of a bench keeps its state: a SQLite file, or a database of a PostgreSQL of its own."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from tixmaster.bench import server
from tixmaster.stack import config as configuration
from tixmaster.stack import postgres
from tixmaster.stack.config import CONFIG_NAME, SERVICE_NAMES, Config

STATE = "oncall_state"


def configured(made: Config, manual: Path, running: ExitStack, *, on_postgres: bool) -> Config:
    """The configuration that the processes read, from its file; a PostgreSQL runs until `running` ends."""
    lines = [f'sop = "{manual}"', "checkout_seconds = 0"]
    if on_postgres:
        lines += _database(made, running)
    places = [f"[services.{name}]\nport = {made.service(name).port}" for name in SERVICE_NAMES]
    file = made.root / CONFIG_NAME
    file.write_text("\n".join(["[oncall]", *lines, *places]) + "\n", encoding="utf-8")
    return configuration.load(file)


def _database(made: Config, running: ExitStack) -> list[str]:
    """The settings that name a new database."""
    postgres.ensure_cluster(made)
    running.enter_context(server.running(made, "postgres"))
    asyncio.run(_create(made))
    password = made.secrets_folder / postgres.PASSWORDS["postgres"]
    port = made.services.postgres.port
    return [
        f'database = "postgresql://postgres@127.0.0.1:{port}/{STATE}"',
        f'database_password_file = "{password}"',
    ]


async def _create(made: Config) -> None:
    connection = await asyncpg.connect(postgres.database_url(made, "postgres", "postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {STATE}")
    finally:
        await connection.close()
