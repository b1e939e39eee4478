"""Small facts with one value: the drill in force, the Watchdog's last beat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.store.schema import fact
from tixmaster.oncall.store.upsert import insert

DRILL = "drill"
DRILL_ENDED = "drill-ended"
WATCHDOG = "watchdog"
DEPLOY = "deploy:"
AHEAD = timedelta(minutes=1)
"""What was written down further ahead is of a clock that was set back since, and over."""
DEPLOYED = "deployed:"
INCIDENT_FLOOR = "incident-floor"
"""The highest incident number that was given before a backup was restored (`restore.py`): it is not given again."""
HEALTH = "health"
"""When `/health` last wrote, to see that writing works."""


def put(connection: sa.Connection, name: str, value: Any, at: datetime) -> None:
    """Sets the fact, whatever it was before."""
    row = insert(connection, fact).values(name=name, value=value, at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": at}))


def drill_in_force(connection: sa.Connection, now: datetime) -> dict[str, Any] | None:
    """The drill `{name, policy, seconds}` that was announced and has not run out."""
    row = _get(connection, DRILL)
    if row is None or not _is_on(row, now):
        return None
    return dict(row["value"])


def drill_began_at(connection: sa.Connection, now: datetime) -> datetime | None:
    """When the drill in force was announced."""
    row = _get(connection, DRILL)
    return row["at"] if row and _is_on(row, now) else None


def end_drill(connection: sa.Connection, now: datetime) -> None:
    """Ends the drill in force; nothing where there is none."""
    if drill_in_force(connection, now):
        put(connection, DRILL_ENDED, True, now)
    connection.execute(sa.delete(fact).where(fact.c.name == DRILL))


def drill_ended_at(connection: sa.Connection, now: datetime) -> datetime | None:
    """When the last drill was over, by its end or by running out; None while none ever was."""
    row, announced = _get(connection, DRILL_ENDED), _get(connection, DRILL)
    ends = [row["at"]] if row else []
    if announced and _runs_out(announced) < now:
        ends.append(_runs_out(announced))
    return max(ends, default=None)


def deploy_under_way(
    connection: sa.Connection, service: str, age: Callable[[datetime], timedelta], minutes: float
) -> dict[str, Any] | None:
    """The deploy `{by, version}` of a service that was begun within the last minutes and not ended."""
    row = _get(connection, f"{DEPLOY}{service}")
    if row is None or age(row["at"]) > timedelta(minutes=minutes):
        return None
    return dict(row["value"])


def begin_deploy(connection: sa.Connection, service: str, now: datetime, *, by: str, version: str | None) -> None:
    """A deploy of the service begins."""
    put(connection, f"{DEPLOY}{service}", {"by": by, "version": version}, now)


def deploys(connection: sa.Connection) -> list[tuple[str, dict[str, Any], datetime]]:
    """The deploys that were begun and not ended: service, `{by, version}`, when."""
    rows = connection.execute(sa.select(fact).where(fact.c.name.startswith(DEPLOY)).order_by(fact.c.name)).mappings()
    return [(row["name"].removeprefix(DEPLOY), dict(row["value"]), row["at"]) for row in rows]


def end_deploy(connection: sa.Connection, service: str, now: datetime) -> None:
    """Ends a deploy, and keeps from when to when it was; nothing where none is under way."""
    row = _get(connection, f"{DEPLOY}{service}")
    if row is not None:
        put(connection, f"{DEPLOYED}{service}", {**row["value"], "began_at": row["at"].isoformat()}, now)
        connection.execute(sa.delete(fact).where(fact.c.name == f"{DEPLOY}{service}"))


def in_a_deploy(connection: sa.Connection, service: str, at: datetime, grace: timedelta) -> bool:
    """Whether a deploy of the service was under way at that moment, or had ended no longer than `grace` before."""
    begun, ended = _get(connection, f"{DEPLOY}{service}"), _get(connection, f"{DEPLOYED}{service}")
    if begun is not None and begun["at"] <= at:
        return True
    return ended is not None and datetime.fromisoformat(ended["value"]["began_at"]) <= at <= ended["at"] + grace


def watchdog_seen_at(connection: sa.Connection) -> datetime | None:
    """When the always-firing alert last came through Prometheus and Alertmanager."""
    row = _get(connection, WATCHDOG)
    return row["at"] if row else None


def incident_floor(connection: sa.Connection) -> int:
    """The number that the next incident's must exceed, besides those that are stored."""
    row = _get(connection, INCIDENT_FLOOR)
    return int(row["value"]) if row else 0


def health_written(connection: sa.Connection) -> str | None:
    """What `/health` last wrote."""
    row = _get(connection, HEALTH)
    return str(row["value"]) if row else None


def _get(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(fact).where(fact.c.name == name)).mappings().one_or_none()


def _is_on(row: sa.RowMapping, now: datetime) -> bool:
    return bool(row["at"] - AHEAD <= now <= _runs_out(row))


def _runs_out(row: sa.RowMapping) -> datetime:
    ends: datetime = row["at"] + timedelta(seconds=row["value"]["seconds"])
    return ends
