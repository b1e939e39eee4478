"""What a person does with an incident: acknowledge, note, close. Approving is in `remedy.py`."""

from __future__ import annotations

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.schema import incident


def acknowledge(desk: Desk, number: int, *, by: str) -> None:
    """Somebody is on it. The first acknowledgement counts for MTTA; later ones change nothing."""
    now = desk.now()
    with desk.database.write() as connection:
        incidents.get(connection, number)
        first = connection.execute(
            sa.update(incident)
            .where(incident.c.number == number, incident.c.acknowledged_at.is_(None))
            .values(acknowledged_at=now)
        )
        if first.rowcount:
            timeline.append(connection, number, "acknowledged", f"Acknowledged by {by}", at=now, by=by)


def note(desk: Desk, number: int, text: str, *, by: str) -> None:
    """A remark for the record."""
    with desk.database.write() as connection:
        incidents.get(connection, number)
        timeline.append(connection, number, "note", text, at=desk.now(), by=by)
