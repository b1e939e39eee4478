"""The issue follows its incident: what the timeline gained becomes a comment, and it is closed and reopened with it.

Nothing here is told by the stages. The rows of the incident are compared with what the issue was told (`ticket`), so whatever
changes an incident, and however often on-call dies meanwhile, the issue comes to say the same.
"""

from __future__ import annotations

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import outbox
from tixmaster.oncall.report.story import Story, outward, tell
from tixmaster.oncall.report.trackers import draft
from tixmaster.oncall.report.trackers.kinds import KINDS
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.store import timeline
from tixmaster.oncall.store.schema import incident, ticket
from tixmaster.oncall.store.schema import timeline as rows
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.config import Tracker

TOLD = (
    "alert-joined",
    "fired-again",
    "diagnosed",
    "approved",
    "declined",
    "remedy-started",
    "remedy-verified",
    "remedy-failed",
    "remedy-withdrawn",
    "acknowledged",
    "assigned",
    "note",
    "merged",
    "escalated",
    "model-sent",
    "recovered",
    "closed",
    "reopened",
)
"""The kinds of rows that an issue is told of."""


def open_issue(connection: sa.Connection, desk: Desk, story: Story) -> None:
    """Lets the incident have an issue; `story` is the outward one. A drill has none."""
    settings = desk.config.oncall.tracker
    if settings is None or story.incident["drill"]:
        return
    told = timeline.last_id(connection)
    row = insert(connection, ticket).values(incident=story.incident["number"], closed=False, told=told)
    connection.execute(row.on_conflict_do_nothing(index_elements=["incident"]))
    _put(connection, desk, settings, story, "issue", draft.issue(desk, story, settings))
    if KINDS[settings.kind].takes_files and any(item["status"] == "ok" for item in story.artefacts):
        _put(connection, desk, settings, story, "evidence", draft.evidence(story, desk.config.oncall.language))


def look(desk: Desk) -> None:
    """Writes down what issues are behind with."""
    settings = desk.config.oncall.tracker
    if settings is None:
        return
    with desk.database.read() as connection:
        behind = connection.execute(sa.select(ticket.c.incident).join(incident).where(_is_behind())).scalars().all()
    for number in behind:
        _catch_up(desk, settings, number)


def _is_behind() -> sa.ColumnElement[bool]:
    over = incident.c.state == "closed"
    untold = sa.exists().where(rows.c.incident == ticket.c.incident, rows.c.id > ticket.c.told, rows.c.kind.in_(TOLD))
    return sa.or_(over != ticket.c.closed, sa.and_(~over, untold))


def _catch_up(desk: Desk, settings: Tracker, number: int) -> None:
    story = outward(tell(desk, number))
    language = desk.config.oncall.language
    with desk.database.write() as connection:
        known = connection.execute(sa.select(ticket).where(ticket.c.incident == number)).mappings().one()
        news = [row for row in story.timeline if row["id"] > known["told"] and row["kind"] in TOLD]
        over = story.incident["state"] == "closed"
        if known["closed"] and not over:
            _put(connection, desk, settings, story, "reopen", _bare(story, f"reopen-{story.timeline[-1]['id']}"))
        if news:
            _put(
                connection,
                desk,
                settings,
                story,
                "comment",
                draft.comment(story, sorted(news, key=lambda row: int(row["id"])), language),
            )
        if over and not known["closed"]:
            _put(connection, desk, settings, story, "close", _bare(story, f"close-{story.timeline[-1]['id']}"))
        told = max([known["told"], *(row["id"] for row in news)])
        connection.execute(sa.update(ticket).where(ticket.c.incident == number).values(told=told, closed=over))


def _bare(story: Story, what: str) -> Draft:
    """An act without words; the mark makes its key."""
    return Draft(title="", blocks=[], mark=draft.mark_of(story, what))


def _put(connection: sa.Connection, desk: Desk, settings: Tracker, story: Story, kind: str, text: Draft) -> None:
    outbox.put(
        connection,
        outbox.Message(
            incident=story.incident["number"],
            kind=kind,
            key=text.mark,
            medium="tracker",
            address=f"{settings.kind} {settings.project}",
            subject=text.title or kind,
            message_id=text.mark,
            body=draft.encode(text),
        ),
        desk.now(),
    )
