"""Escalation: who else is told when nobody acknowledges. It stops when somebody does, and when the trouble is over.

A step that is due is a timeline row with a key, written in the transaction that writes its messages: it is taken once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import mail, outbox, short
from tixmaster.oncall.report.story import Story, outward, tell
from tixmaster.oncall.report.write import chat_message, mail_messages
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.schema import incident
from tixmaster.oncall.store.schema import timeline as rows
from tixmaster.stack.config import EscalationStep
from tixmaster.stack.said import said


def look(desk: Desk) -> None:
    """Takes the steps that are due."""
    steps = desk.config.oncall.escalation
    if not steps:
        return
    first = timedelta(minutes=min(step.after_minutes for step in steps))
    with desk.database.read() as connection:
        waiting = {number: since for number, since in _waiting(connection) if desk.age(since) >= first}
        taken = {number: _keys(connection, number) for number in waiting}
    for number, since in waiting.items():
        waited = desk.age(since)
        for place, step in enumerate(steps, start=1):
            times = _times_due(step, waited)
            key = f"escalation-{place}.{times}:{since:%Y%m%dT%H%M%S}"
            if times and key not in taken[number]:
                _take(desk, number, step, key, since)


def _waiting(connection: sa.Connection) -> list[tuple[int, datetime]]:
    """The incidents that nobody has acknowledged, each with the moment since when it waits: opened, or opened again."""
    again = sa.select(sa.func.max(rows.c.at)).where(rows.c.incident == incident.c.number, rows.c.kind == "reopened")
    found = connection.execute(
        sa.select(incident.c.number, incident.c.opened_at, again.scalar_subquery()).where(
            incident.c.state == "open", incident.c.acknowledged_at.is_(None)
        )
    )
    return [(number, reopened_at or opened_at) for number, opened_at, reopened_at in found]


def _keys(connection: sa.Connection, number: int) -> set[str | None]:
    return set(connection.execute(sa.select(rows.c.key).where(rows.c.incident == number)).scalars())


def _times_due(step: EscalationStep, waited: timedelta) -> int:
    """How often the step should have been taken by now. Those that were missed while on-call was away are one."""
    minutes = waited.total_seconds() / 60
    if minutes < step.after_minutes:
        return 0
    repeated = int((minutes - step.after_minutes) / step.repeat_minutes) if step.repeat_minutes else 0
    return 1 + min(repeated, step.repeats)


def _take(desk: Desk, number: int, step: EscalationStep, key: str, since: datetime) -> None:
    story, now = outward(tell(desk, number)), desk.now()
    minutes = round(desk.age(since).total_seconds() / 60, 1)
    messages = _messages(desk, story, step, key, minutes)
    told = ", ".join([*step.mail, *step.channels])
    with desk.database.write() as connection:
        if not _still_waits(connection, number):
            return
        text = said(
            "Nobody has acknowledged for {minutes:g} min: {told} told",
            "{minutes:g} 分鐘無人認領：已通知 {told}",
            minutes=minutes,
            told=told,
        )
        timeline.append(connection, number, "escalated", text, at=now, key=key)
        for message in messages:
            outbox.put(connection, message, now)


def _messages(desk: Desk, story: Story, step: EscalationStep, key: str, minutes: float) -> list[outbox.Message]:
    letters = mail.escalated(desk, story, key, minutes, step.mail) if step.mail else {}
    messages = mail_messages(story, "escalated", key, letters)
    for name in step.channels:
        if channel := desk.config.oncall.channel(name):
            language = channel.language or desk.config.oncall.language
            text = short.escalated(desk, story, language, minutes)
            messages.append(chat_message(story, "escalated", key, name, text))
    return messages


def _still_waits(connection: sa.Connection, number: int) -> bool:
    """Whether nobody has acknowledged meanwhile."""
    row: Any = connection.execute(
        sa.select(incident.c.state, incident.c.acknowledged_at).where(incident.c.number == number)
    ).one()
    return bool(row.state == "open" and row.acknowledged_at is None)
