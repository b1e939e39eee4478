"""What a person does with an incident: acknowledge, assign, note, merge, reopen. Closing is in `close.py`, approving in
`remedy/decide.py`. Each is a row of the timeline with who and when."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import CannotMergeError
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import columns, read
from tixmaster.oncall.store.schema import action, incident, incident_alert
from tixmaster.stack.said import Said, said, verbatim

BY_LINK = "the link in the mail"
NOBODY: dict[str, str] = {
    "oncall": "值勤系統",
    "policy auto": "自動政策",
    BY_LINK: "郵件中的連結",
}
"""Those who act and are no people, in Chinese."""


def who(name: str) -> Said:
    """Who did it."""
    if name.startswith(by_link("")):
        return Said(name, f"寄給 {name.removeprefix(by_link(''))} 的郵件中的連結")
    return Said(name, NOBODY.get(name))


def by_link(to: str | None) -> str:
    """The name under which an answer by a link is recorded: whose mail it was; None for links of older versions."""
    return BY_LINK if to is None else f"{BY_LINK} to {to}"


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
            timeline.append(
                connection,
                number,
                "acknowledged",
                said("Acknowledged by {by}", "由 {by} 認領", by=who(by)),
                at=now,
                by=by,
            )


def assign(desk: Desk, number: int, to: str, *, by: str) -> None:
    """Somebody is to see to it; the same person again changes nothing."""
    with desk.database.write() as connection:
        if incidents.get(connection, number)["assigned_to"] == to:
            return
        connection.execute(sa.update(incident).where(incident.c.number == number).values(assigned_to=to))
        assigned = said("Assigned to {to} by {by}", "由 {by} 指派給 {to}", to=to, by=who(by))
        text = assigned if to != by else said("Taken by {by}", "由 {by} 接手", by=who(by))
        timeline.append(connection, number, "assigned", text, at=desk.now(), by=by, to=to)


def note(desk: Desk, number: int, text: str, *, by: str) -> None:
    """A remark for the record."""
    with desk.database.write() as connection:
        incidents.get(connection, number)
        timeline.append(connection, number, "note", verbatim(text), at=desk.now(), by=by)


def merge(desk: Desk, number: int, into: int, *, by: str) -> None:
    """Makes one incident a part of another: its alerts move, it is closed and points there. Raises `CannotMergeError`."""
    now = desk.now()
    with desk.database.write() as connection:
        source, target = incidents.get(connection, number), incidents.get(connection, into)
        _check_mergeable(source, target)
        _move_alerts(connection, number, into)
        merged = said("merged into {name}", "已併入 {name}", name=incidents.name_of(into))
        connection.execute(
            sa.update(action)
            .where(action.c.incident == number, action.c.state == "proposed")
            .values(state="withdrawn", finished_at=now, **columns(result=merged))
        )
        ended = {"state": "closed", "closed_at": now, "merged_into": into}
        connection.execute(sa.update(incident).where(incident.c.number == number).values(ended))
        begun = {"started_at": min(source["started_at"], target["started_at"])}
        if incidents.is_firing(connection, into):
            begun |= {"state": "open", "resolved_at": None}
        connection.execute(sa.update(incident).where(incident.c.number == into).values(begun))
        told = said("Merged into {name} by {by}", "由 {by} 併入 {name}", name=incidents.name_of(into), by=who(by))
        timeline.append(connection, number, "merged", told, at=now, by=by, into=into)
        told = said(
            "{name} ({title}) was merged into this by {by}",
            "{name}（{title}）由 {by} 併入此事件",
            name=incidents.name_of(number),
            title=read(source, "title"),
            by=who(by),
        )
        timeline.append(connection, into, "merged", told, at=now, by=by, merged=number)
    desk.work.set()


def reopen(desk: Desk, number: int, *, by: str) -> None:
    """It was not over after all: a closed incident is open again and investigated anew. Raises `CannotMergeError`."""
    now = desk.now()
    with desk.database.write() as connection:
        row = incidents.get(connection, number)
        if row["state"] != "closed":
            return
        if row["merged_into"]:
            other = incidents.name_of(row["merged_into"])
            raise CannotMergeError(
                said(
                    "{name} is a part of {other} now: reopen that one",
                    "{name} 已併入 {other}：請重新開啟該事件",
                    name=incidents.name_of(number),
                    other=other,
                )
            )
        if holders := incidents.open_with_alerts(connection, [row["fingerprint"]]):
            name = incidents.name_of(holders[0]["number"])
            raise CannotMergeError(
                said(
                    "{name} is open for the same alert: go on there",
                    "{name} 已因同一警報開啟：請於該事件繼續處理",
                    name=name,
                )
            )
        begun = {"state": "open", "resolved_at": None, "closed_at": None, "run": row["run"] + 1}
        connection.execute(sa.update(incident).where(incident.c.number == number).values(begun))
        timeline.append(
            connection, number, "reopened", said("Reopened by {by}", "由 {by} 重新開啟", by=who(by)), at=now, by=by
        )
    desk.work.set()


def _check_mergeable(source: dict[str, Any], target: dict[str, Any]) -> None:
    if source["number"] == target["number"]:
        raise CannotMergeError(said("an incident cannot be merged into itself", "事件無法併入自身"))
    for row in (source, target):
        if row["state"] == "closed":
            name = incidents.name_of(row["number"])
            raise CannotMergeError(
                said(
                    "{name} is closed; only open incidents are merged (`tix incident reopen {name}`)",
                    "{name} 已結案；僅能合併未結案的事件（`tix incident reopen {name}`）",
                    name=name,
                )
            )


def _move_alerts(connection: sa.Connection, number: int, into: int) -> None:
    """An alert that both hold stays as the target holds it."""
    held = sa.select(incident_alert.c.fingerprint).where(incident_alert.c.incident == into)
    mine = incident_alert.c.incident == number
    connection.execute(sa.delete(incident_alert).where(mine, incident_alert.c.fingerprint.in_(held)))
    connection.execute(sa.update(incident_alert).where(mine).values(incident=into))
