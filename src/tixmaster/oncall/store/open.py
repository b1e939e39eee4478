"""Opening the state that the configuration names."""

from __future__ import annotations

import sqlalchemy as sa

from tixmaster.oncall.errors import StateError
from tixmaster.oncall.store.database import Database
from tixmaster.oncall.store.postgres import open_server
from tixmaster.oncall.store.sqlite import open_database
from tixmaster.stack.config import Config


def open_state(config: Config) -> Database:
    """The state, migrated; raises `StateError` where the server or the file cannot be used."""
    url = server_url(config)
    return open_server(url) if url else open_database(config.var / "oncall" / "oncall.sqlite")


def server_url(config: Config) -> sa.URL | None:
    """The PostgreSQL database of `[oncall] database` with its password; None where a SQLite file keeps the state."""
    if config.oncall.database is None:
        return None
    url = sa.make_url(config.oncall.database).set(drivername="postgresql")
    if config.oncall.database_password_file is None:
        return url
    file = config.path_of(config.oncall.database_password_file)
    try:
        return url.set(password=file.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise StateError(
            f"cannot read the state database's password in {file}: {error.strerror}. "
            "Mend `database_password_file` under [oncall] in tixmaster.toml."
        ) from error
