"""A PostgreSQL of the tests' own that keeps on-call's state, and nothing of the box office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from tests.integration.boxoffice.cluster import Cluster
from tests.system import placed

from tixmaster.stack import postgres, secrets, system_user


@contextmanager
def state_server(folder: Path) -> Iterator[Cluster]:
    """A running server, apart from the one that on-call watches."""
    config = placed(folder)
    system_user.make_private(config.var)
    secrets.ensure_all(config)
    cluster = Cluster(config)
    yield cluster
    cluster.stop()


def new_database(cluster: Cluster, name: str) -> sa.URL:
    """The address of a new, empty database."""
    address = postgres.database_url(cluster.config, "postgres", "postgres")
    engine = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return sa.make_url(address).set(database=name)
