"""Maintenance windows: planned work, written down in tixmaster.toml (`[[calendar]]`, kind downtime) or announced by a person.

While one is on, alerts of its service open no incident and nothing is restarted. A window that a person announces is also a
silence in Alertmanager, made and ended by `keep_silences`, which tries again until Alertmanager answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import MaintenanceError
from tixmaster.oncall.store import audit
from tixmaster.oncall.store.schema import maintenance
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Alertmanager, Matcher, QueryError
from tixmaster.stack.said import said

log = structlog.get_logger(__name__)

LONGEST = timedelta(days=7)
ALERTMANAGER_SECONDS = 3.0
NOT_MUTED = "Watchdog|AlertUnattended"
"""What a window of everything leaves alone: the monitoring itself must not fall silent."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """Planned work. `service` is None for everything; `number` is None for a row of the calendar."""

    number: int | None
    service: str | None
    title: str
    begins_at: datetime
    ends_at: datetime
    by: str

    def covers(self, service: str, moment: datetime) -> bool:
        """Whether it is on at that moment, for that service."""
        return self.service in (None, service) and self.begins_at <= moment < self.ends_at


def maintenance_now(desk: Desk, service: str) -> str | None:
    """Why nothing is to be done about the service just now: the window that is on; None where there is none."""
    with desk.database.read() as connection:
        window = covering(desk, connection, service)
    return f"{window.title}, until {window.ends_at:%Y-%m-%d %H:%M} UTC" if window else None


def covering(desk: Desk, connection: sa.Connection, service: str) -> Window | None:
    """The window that is on for the service."""
    now = desk.now()
    return next((window for window in windows(desk, connection) if window.covers(service, now)), None)


def windows(desk: Desk, connection: sa.Connection) -> list[Window]:
    """The windows that are on or still to come, those that begin first before the others."""
    now = desk.now()
    planned = [
        Window(number=None, service=None, title=row.title, begins_at=row.begins, ends_at=row.ends, by="tixmaster.toml")
        for row in desk.config.calendar
        if row.kind == "downtime" and row.ends > now
    ]
    rows = connection.execute(sa.select(maintenance).where(maintenance.c.ends_at > now)).mappings()
    announced = [
        Window(number=row["id"], **{name: row[name] for name in ("service", "title", "begins_at", "ends_at", "by")})
        for row in rows
    ]
    return sorted(planned + announced, key=lambda window: window.begins_at)


def announce(
    desk: Desk,
    title: str,
    service: str | None,
    begins: datetime,
    ends: datetime,
    *,
    by: str,
    address: str = audit.HERE,
) -> Window:
    """Writes a window down; raises `MaintenanceError` for one that cannot be."""
    if service is not None and service not in desk.config.service_names:
        raise MaintenanceError(
            said(
                "there is no service {service!r}; there are {names}",
                "沒有服務 {service!r}；可用的有 {names}",
                service=service,
                names=", ".join(desk.config.service_names),
            )
        )
    if not begins < ends or ends <= desk.now():
        raise MaintenanceError(
            said("a window must end after it begins, and after now", "維護時段的結束須晚於開始，且晚於現在")
        )
    if ends - begins > LONGEST:
        raise MaintenanceError(
            said(
                "a window lasts {days} days at most: who would remember it?",
                "維護時段最長 {days} 天，再久便無人記得",
                days=LONGEST.days,
            )
        )
    values = {"title": title, "service": service, "begins_at": begins, "ends_at": ends, "by": by}
    with desk.database.write() as connection:
        number = connection.execute(sa.insert(maintenance).values(values).returning(maintenance.c.id)).scalar_one()
        about = f"{service or 'everything'}: {title}"
        audit.write(connection, "maintenance-announced", about, by=by, at=desk.now(), address=address)
    desk.review.set()
    return Window(number=number, service=service, title=title, begins_at=begins, ends_at=ends, by=by)


def end(desk: Desk, number: int, *, by: str, address: str = audit.HERE) -> None:
    """Ends a window now; raises `MaintenanceError` where none of that number is left."""
    now = desk.now()
    with desk.database.write() as connection:
        row = (
            connection.execute(sa.select(maintenance).where(maintenance.c.id == number, maintenance.c.ends_at > now))
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise MaintenanceError(
                said(
                    "no maintenance {number} is on or to come (`tix maintenance list`)",
                    "沒有進行中或即將開始的維護時段 {number}（`tix maintenance list`）",
                    number=number,
                )
            )
        begun = row["begins_at"] < now
        if begun:
            connection.execute(sa.update(maintenance).where(maintenance.c.id == number).values(ends_at=now))
        else:
            # One that never began leaves nothing but the silence that is to be ended.
            moments = {"begins_at": now - timedelta(seconds=1), "ends_at": now}
            connection.execute(sa.update(maintenance).where(maintenance.c.id == number).values(moments))
        about = f"{row['service'] or 'everything'}: {row['title']}"
        audit.write(connection, "maintenance-ended", about, by=by, at=now, address=address)
    desk.review.set()


def keep_silences(desk: Desk) -> None:
    """Makes the silences that windows lack, and ends those whose window is over. What fails is tried again next time."""
    now = desk.now()
    with desk.database.read() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(maintenance).where(_unsettled(now))).mappings()]
    if not rows:
        return
    try:
        with Alertmanager(desk.config.url("alertmanager"), timeout=ALERTMANAGER_SECONDS) as alertmanager:
            for row in rows:
                _settle(desk, alertmanager, row, now)
    except StackError as error:
        log.warning("silences-wait", error=str(error))


def _unsettled(now: datetime) -> sa.ColumnElement[bool]:
    lacking = sa.and_(maintenance.c.silence.is_(None), maintenance.c.ends_at > now)
    left_over = sa.and_(maintenance.c.silence.is_not(None), maintenance.c.ends_at <= now)
    return sa.or_(lacking, left_over)


def _settle(desk: Desk, alertmanager: Alertmanager, row: dict[str, Any], now: datetime) -> None:
    silence: str | None = None
    if row["ends_at"] > now:
        matcher = (
            Matcher(name="service", value=row["service"])
            if row["service"]
            else Matcher(name="alertname", value=NOT_MUTED, is_regex=True, is_equal=False)
        )
        silence = alertmanager.silence(
            [matcher],
            begins=max(row["begins_at"], now),
            ends=row["ends_at"],
            by=row["by"],
            comment=f"maintenance {row['id']}: {row['title']}",
        )
    else:
        try:
            alertmanager.end_silence(row["silence"])
        except QueryError:
            log.info("silence-gone", silence=row["silence"])  # it ran out, or somebody ended it
    with desk.database.write() as connection:
        connection.execute(sa.update(maintenance).where(maintenance.c.id == row["id"]).values(silence=silence))
