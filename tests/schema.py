"""Whether a migrated database is what `oncall/store/schema.py` says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tixmaster.oncall.store.schema import metadata


def differences(connection: sa.Connection) -> list[Any]:
    """What Alembic would change; an index may belong to the other kind of server."""
    server = connection.dialect.name

    def is_here(item: Any, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return bool(kind != "index" or item.info.get("server", server) == server)

    return list(compare_metadata(MigrationContext.configure(connection, opts={"include_object": is_here}), metadata))
