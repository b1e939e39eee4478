"""Small facts with one value: the drill in force, the Watchdog's last beat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from tixmaster.oncall.store.schema import fact

DRILL = "drill"
WATCHDOG = "watchdog"


def put(connection: sa.Connection, name: str, value: Any, at: datetime) -> None:
    """Sets the fact, whatever it was before."""
    row = insert(fact).values(name=name, value=value, at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": at}))


def take_away(connection: sa.Connection, name: str) -> None:
    """Removes the fact; no error where it is not there."""
    connection.execute(sa.delete(fact).where(fact.c.name == name))


def drill_in_force(connection: sa.Connection, now: datetime) -> dict[str, Any] | None:
    """The drill `{name, policy, seconds}` that was announced and has not run out."""
    row = connection.execute(sa.select(fact).where(fact.c.name == DRILL)).mappings().one_or_none()
    if row is None or row["at"] + timedelta(seconds=row["value"]["seconds"]) < now:
        return None
    return dict(row["value"])


def watchdog_seen_at(connection: sa.Connection) -> datetime | None:
    """When the always-firing alert last came through Prometheus and Alertmanager."""
    seen: datetime | None = connection.execute(sa.select(fact.c.at).where(fact.c.name == WATCHDOG)).scalar_one_or_none()
    return seen
