"""Reading incidents; `incident.py` and the later stages change them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.errors import UnknownIncidentError
from tixmaster.oncall.normalize import fit, line
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.schema import action, artefact, cause, finding, incident, incident_alert, outbox, ticket
from tixmaster.stack.said import said

PREFIX = "INC-"
LARGEST_ID = 2**31 - 1
"""Of PostgreSQL's `integer`; a larger number in a statement is an error there, and from 2**63 on in SQLite, too."""


def name_of(number: int) -> str:
    """The id people see: `INC-42`."""
    return f"{PREFIX}{number}"


def number_of(name: str) -> int:
    """The number behind `INC-42` (or `42`); raises `UnknownIncidentError` for anything else."""
    digits = name.upper().removeprefix(PREFIX)
    if not digits.isdecimal() or len(digits) > len(str(LARGEST_ID)) or int(digits) > LARGEST_ID:
        raise UnknownIncidentError(
            said(
                "{name!r} is no incident id; ids look like {example} (`tix incidents` lists them)",
                "{name!r} 不是事件代碼；格式如 {example}（`tix incidents` 可列出）",
                name=fit(line(name), 100),
                example=name_of(42),
            )
        )
    return int(digits)


def number_for_next(connection: sa.Connection) -> dict[str, int]:
    """The `number` of the incident to be opened where the database would give one that is in use outside, else nothing."""
    floor = facts.incident_floor(connection)
    highest = connection.execute(sa.select(sa.func.max(incident.c.number))).scalar_one() or 0
    return {"number": floor + 1} if floor > highest else {}


def get(connection: sa.Connection, number: int) -> dict[str, Any]:
    """The incident's row; raises `UnknownIncidentError`."""
    row = connection.execute(sa.select(incident).where(incident.c.number == number)).mappings().one_or_none()
    if row is None:
        raise UnknownIncidentError(
            said(
                "there is no incident {name} (`tix incidents` lists them)",
                "沒有事件 {name}（`tix incidents` 可列出）",
                name=name_of(number),
            )
        )
    return dict(row)


def open_with_alerts(connection: sa.Connection, fingerprints: Collection[str]) -> list[dict[str, Any]]:
    """The incidents that are not closed and hold one of the alerts, each with that alert's fingerprint, status and start."""
    held = (
        incident_alert.c.fingerprint.label("alert_fingerprint"),
        incident_alert.c.status.label("alert_status"),
        incident_alert.c.starts_at.label("alert_starts_at"),
    )
    return _all(
        connection,
        sa.select(incident, *held)
        .join(incident_alert)
        .where(incident.c.state != "closed", incident_alert.c.fingerprint.in_(fingerprints)),
    )


def open_for_services(connection: sa.Connection, services: Collection[str]) -> list[dict[str, Any]]:
    """The incidents of these services that are not closed, oldest first."""
    return _all(
        connection,
        sa.select(incident)
        .where(incident.c.state != "closed", incident.c.service.in_(sorted(services)))
        .order_by(incident.c.number),
    )


def is_firing(connection: sa.Connection, number: int, alert: tuple[str, str] | None = None) -> bool:
    """Whether any alert of the incident still fires, or any of that name and service."""
    query = sa.select(incident_alert.c.fingerprint).where(
        incident_alert.c.incident == number, incident_alert.c.status == "firing"
    )
    if alert:
        query = query.where(incident_alert.c.alertname == alert[0], incident_alert.c.service == alert[1])
    return _one(connection, query.limit(1)) is not None


ALERTS_SHOWN = 100


def alerts(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The incident's first `ALERTS_SHOWN` alerts, oldest first: a storm has thousands that say the same."""
    return _all(
        connection,
        sa.select(incident_alert)
        .where(incident_alert.c.incident == number)
        .order_by(incident_alert.c.starts_at, incident_alert.c.fingerprint)
        .limit(ALERTS_SHOWN),
    )


def alert_count(connection: sa.Connection, number: int) -> int:
    """How many alerts the incident holds."""
    counted = sa.select(sa.func.count()).where(incident_alert.c.incident == number)
    return int(connection.execute(counted).scalar_one())


def alert_kinds(connection: sa.Connection, number: int) -> set[tuple[str, str]]:
    """The names of the incident's alerts, each with its service."""
    kinds = sa.select(incident_alert.c.alertname, incident_alert.c.service).where(incident_alert.c.incident == number)
    return {(row.alertname, row.service) for row in connection.execute(kinds.distinct())}


def firing(connection: sa.Connection) -> list[dict[str, Any]]:
    """The alerts that fire, of incidents that are not closed."""
    return _all(
        connection,
        sa.select(incident_alert)
        .join(incident)
        .where(incident.c.state != "closed", incident_alert.c.status == "firing"),
    )


def findings(connection: sa.Connection, number: int, run: int) -> list[dict[str, Any]]:
    """What the steps of a run found, in the order of the runbook."""
    return _all(
        connection,
        sa.select(finding).where(finding.c.incident == number, finding.c.run == run).order_by(finding.c.position),
    )


def artefacts(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The evidence of all runs, in the order it was taken."""
    return _all(
        connection,
        sa.select(artefact).where(artefact.c.incident == number).order_by(artefact.c.taken_at, artefact.c.id),
    )


def causes(connection: sa.Connection, number: int, run: int) -> list[dict[str, Any]]:
    """The causes of a run, the most likely first."""
    return _all(
        connection, sa.select(cause).where(cause.c.incident == number, cause.c.run == run).order_by(cause.c.rank)
    )


def actions(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The actions that were proposed, oldest first."""
    return _all(connection, sa.select(action).where(action.c.incident == number).order_by(action.c.id))


def restarts_since(connection: sa.Connection, service: str, since: datetime) -> int:
    """How often on-call has restarted the service since then."""
    count: int = connection.execute(
        sa.select(sa.func.count()).where(action.c.service == service, action.c.started_at >= since)
    ).scalar_one()
    return count


def deliveries(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The messages of an incident by destination, oldest first, without their bodies."""
    columns = [column for column in outbox.c if column.name != "body"]
    return _all(connection, sa.select(*columns).where(outbox.c.incident == number).order_by(outbox.c.id))


def ticket_of(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """The incident's issue in the tracker, where it has one or is to have one."""
    return _one(connection, sa.select(ticket).where(ticket.c.incident == number))


def newest(connection: sa.Connection, states: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """Incidents in one of the states, newest first."""
    return _all(
        connection,
        sa.select(incident).where(incident.c.state.in_(states)).order_by(incident.c.number.desc()).limit(limit),
    )


def set_started(connection: sa.Connection, number: int, started_at: datetime) -> None:
    """The true start, once the evidence shows that it lies before the alert's."""
    connection.execute(
        sa.update(incident)
        .where(incident.c.number == number, incident.c.started_at > started_at)
        .values(started_at=started_at)
    )


def _all(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _one(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, Any] | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)
