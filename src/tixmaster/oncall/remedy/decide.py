"""A person's answer to a proposal, and the end of one that nobody answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import NothingToDecideError
from tixmaster.oncall.person import who
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import action
from tixmaster.stack.said import Said, said

ANSWERS: dict[str, Said] = {
    "approved": Said("{command} approved by {by}", "由 {by} 核准 {command}"),
    "declined": Said("{command} declined by {by}", "由 {by} 拒絕 {command}"),
}


def decide(desk: Desk, number: int, *, approve: bool, by: str, only: int | None = None) -> dict[str, Any]:
    """Answers the open proposal of an incident, or `only` that one; raises `NothingToDecideError` where there is none."""
    now = desk.now()
    with desk.database.write() as connection:
        incidents.get(connection, number)
        late = _late(desk, connection)
        open_ones = [action.c.incident == number, action.c.state == "proposed", action.c.id.not_in(late)]
        if only is not None:
            open_ones.append(action.c.id == only)
        decided = (
            connection.execute(
                sa.update(action)
                .where(*open_ones)
                .values(state="approved" if approve else "declined", decided_at=now, decided_by=by)
                .returning(action)
            )
            .mappings()
            .first()
        )
        if decided is None:
            raise NothingToDecideError(
                said(
                    "nothing waits for approval in {name}: its actions are {states}",
                    "{name} 沒有等待核准的動作；現有動作：{states}",
                    name=incidents.name_of(number),
                    states=_states(connection, number) or said("none", "無"),
                )
            )
        kind: timeline.Kind = "approved" if approve else "declined"
        text = ANSWERS[kind].filled(command=decided["command"], by=who(by))
        timeline.append(connection, number, kind, text, at=now, by=by)
    desk.work.set()
    return dict(decided)


def expire(desk: Desk) -> None:
    """Withdraws the proposals that have waited too long: what they rest on may be true no more."""
    now, minutes = desk.now(), desk.config.oncall.remedy.expire_minutes
    with desk.database.read() as connection:
        if not _late(desk, connection):
            return
    with desk.database.write() as connection:
        why = said("nobody answered within {minutes:g} min", "{minutes:g} 分鐘內無人回覆", minutes=minutes)
        late = action.c.id.in_(_late(desk, connection))
        expired = sa.update(action).where(late).values(state="withdrawn", finished_at=now, **columns(result=why))
        for row in connection.execute(expired.returning(action)).mappings():
            text = said("{command} withdrawn: {why}", "撤回 {command}：{why}", command=row["command"], why=why)
            key = f"action-{row['id']}:withdrawn"
            timeline.append(connection, row["incident"], "remedy-withdrawn", text, at=now, key=key)


def _late(desk: Desk, connection: sa.Connection) -> list[int]:
    """The proposals whose time is over, whether that is written down yet or not."""
    longest = timedelta(minutes=desk.config.oncall.remedy.expire_minutes)
    proposed = connection.execute(sa.select(action.c.id, action.c.proposed_at).where(action.c.state == "proposed"))
    return [row.id for row in proposed if desk.age(row.proposed_at) >= longest]


def _states(connection: sa.Connection, number: int) -> str:
    return ", ".join(f"{item['command']} ({item['state']})" for item in incidents.actions(connection, number))
