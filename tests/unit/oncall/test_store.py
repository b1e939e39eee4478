"""The state: migrations and schema agree, and what is committed is there for others."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from tests.schema import differences

from tixmaster.oncall.store import facts, open_database

from .conftest import START


def test_migrations_build_the_schema(tmp_path: Path) -> None:
    """A fresh database, migrated, differs in nothing from the tables in `schema.py`."""
    database = open_database(tmp_path / "oncall.sqlite")
    with database.read() as connection:
        assert differences(connection) == []
    database.close()


def test_a_transaction_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    """Either all of it or none."""
    database = open_database(tmp_path / "oncall.sqlite")

    with suppress(ZeroDivisionError), database.write() as connection:
        facts.put(connection, "a", 1, START)
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM fact")).scalar_one() == 0
    database.close()
