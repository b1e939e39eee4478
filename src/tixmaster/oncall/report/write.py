"""Addressing: a message becomes rows for the outbox, one for each destination."""

from __future__ import annotations

from collections.abc import Callable
from email.policy import SMTP

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report.chat import Text
from tixmaster.oncall.report.mail import Letters
from tixmaster.oncall.report.outbox import Message
from tixmaster.oncall.report.story import Story
from tixmaster.oncall.report.words import Language


def mail_messages(story: Story, kind: str, key: str, letters: Letters) -> list[Message]:
    """The mail, to each recipient by itself."""
    return [
        Message(
            incident=story.incident["number"],
            kind=kind,
            key=f"{story.name}:{key}",
            medium="mail",
            address=address,
            subject=str(message["Subject"]),
            message_id=str(message["Message-ID"]),
            body=message.as_bytes(policy=SMTP),
        )
        for address, message in letters.items()
    ]


def chat_message(story: Story, kind: str, key: str, channel: str, text: Text) -> Message:
    """The text, to one channel."""
    return Message(
        incident=story.incident["number"],
        kind=kind,
        key=f"{story.name}:{key}",
        medium="chat",
        address=channel,
        subject=text.title,
        message_id=f"{story.thread}.{key}",
        body=msgspec.json.encode(text),
    )


def chat_messages(desk: Desk, story: Story, kind: str, key: str, text: Callable[[Language], Text]) -> list[Message]:
    """The text to every channel that wants to hear of such an incident, in its language."""
    row, settings = story.incident, desk.config.oncall
    return [
        chat_message(story, kind, key, channel.name, text(channel.language or settings.language))
        for channel in settings.channels
        if channel.wants(row["severity"], row["service"])
    ]
