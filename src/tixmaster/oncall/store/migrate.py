"""Bringing the state to the newest schema: all of it in one transaction, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: sa.Engine, begin: tuple[str, ...]) -> None:
    """Applies the migrations that are not applied yet, all or none; `begin` takes the writer's lock."""
    if _is_newest(engine):
        return
    from alembic import command  # 10 MB that an on-call with a state of today need not keep
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    with engine.connect() as connection, _without_references(connection):
        try:
            for statement in begin:
                connection.exec_driver_sql(statement)
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise


def newest_migration() -> str:
    """The newest schema's number. Migrations are numbered, and their files begin with the number."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("*.py"))


def _is_newest(engine: sa.Engine) -> bool:
    """Whether the newest migration is applied."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none() == (
            newest_migration()
        )


@contextmanager
def _without_references(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a table by putting another in its place, and the rows that refer to it must not mind.

    Source: sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes".
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
