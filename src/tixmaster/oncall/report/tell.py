"""Stage 8, report: the page with its proof to all who are to know, the replies, the issue, and the record on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import sqlalchemy as sa

from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report import mail, outbox, postmortem, record, short, summary
from tixmaster.oncall.report.chat import Text
from tixmaster.oncall.report.outbox import Message
from tixmaster.oncall.report.story import Story, outward, tell
from tixmaster.oncall.report.trackers import follow
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.report.write import chat_messages, mail_messages
from tixmaster.oncall.store import timeline
from tixmaster.stack.said import said


def page(desk: Desk, case: Case) -> None:
    """Writes the messages of this run, and what the tracker and the model are asked; then the record as far as it goes: a
    disk that is full of records must not keep the page back."""
    story = outward(tell(desk, case.number))
    if story.run > case.run:
        return  # an alert that explains the first one took the incident over meanwhile: its run tells of both, once
    text = partial(short.page, desk, story)
    messages = _messages(desk, story, "page", case.key("page"), mail.page(desk, story), text)
    with desk.database.write() as connection:
        _put(connection, desk, story, [*messages, *_question(desk, story)])
        follow.open_issue(connection, desk, story)
    desk.work.set()
    record.write(desk, tell(desk, case.number))


def outcome(desk: Desk, number: int, action_id: int) -> None:
    """Writes a message where the action failed, as a person is needed then, and the record again."""
    story = outward(tell(desk, number))
    action = next(item for item in story.actions if item["id"] == action_id)
    if action["state"] == "failed":
        text = partial(short.needed, desk, story, action=action)
        written = mail.needed(desk, story, action)
        messages = _messages(desk, story, "needed", f"action-{action_id}:failed", written, text)
        with desk.database.write() as connection:
            _put(connection, desk, story, messages)
        desk.work.set()
    record.write(desk, tell(desk, number))


def recovered(desk: Desk, number: int) -> None:
    """Writes the message that says it is over where it is (a person may close what still fires), the finished record and
    the draft of a post-mortem."""
    story = outward(tell(desk, number))
    if story.paged and story.recovered:
        again = "" if story.run == 1 else f"run-{story.run}:"  # it may have been reopened
        text = partial(short.recovered, desk, story)
        messages = _messages(desk, story, "recovered", f"{again}recovered", mail.recovered(desk, story), text)
        with desk.database.write() as connection:
            _put(connection, desk, story, messages)
        desk.work.set()
    finished = tell(desk, number)
    record.write(desk, finished)
    postmortem.keep(desk, finished)


def _messages(
    desk: Desk, story: Story, kind: str, key: str, written: mail.Letters, text: Callable[[Language], Text]
) -> list[Message]:
    return [
        *mail_messages(story, kind, key, written),
        *chat_messages(desk, story, kind, key, text),
    ]


def _question(desk: Desk, story: Story) -> list[Message]:
    """What the language model is asked, where there is one."""
    settings = desk.config.oncall.summary
    if settings is None:
        return []
    key = f"{story.name}:summary-{story.run}"
    body = summary.question(story, desk.config.oncall.language)
    return [
        Message(
            incident=story.incident["number"],
            kind="summary",
            key=key,
            medium="model",
            address=settings.model,
            subject="summary",
            message_id=key,
            body=body,
        )
    ]


def _put(connection: sa.Connection, desk: Desk, story: Story, messages: Iterable[Message]) -> None:
    now = desk.now()
    for message in messages:
        if outbox.put(connection, message, now) and message.medium == "mail":
            text = said("Mail written: {subject}", "郵件擬妥：{subject}", subject=message.subject)
            key = f"written:{message.key}"
            timeline.append(connection, story.incident["number"], "mail-written", text, at=now, key=key)
