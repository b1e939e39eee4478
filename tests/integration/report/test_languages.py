"""What a Chinese reader gets of an incident is Chinese: no English sentence is left in any of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from tixmaster.oncall import close, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.evidence.locker import Locker
from tixmaster.oncall.evidence.taken import Missing
from tixmaster.oncall.remedy import decide
from tixmaster.oncall.report import mail, outbox, postmortem, record, short
from tixmaster.oncall.report.story import outward, tell
from tixmaster.oncall.report.trackers import draft
from tixmaster.oncall.report.write import chat_message
from tixmaster.oncall.store.schema import action
from tixmaster.oncall.store.schema import outbox as messages
from tixmaster.oncall.store.schema import timeline as rows
from tixmaster.stack.config import Tracker
from tixmaster.stack.said import said

from .conftest import MEI, Configured, opened

CODE = re.compile(
    r"tix restart \w+|`[^`]*`|<[^>]*>|https?://\S+|^(?:Content|Message|X-|MIME)[\w-]*:.*$|\S*[_@=/]\S*", re.MULTILINE
)
SENTENCE = re.compile(r"(?:[a-z]+ ){2,}[a-z]+")
"""Three words in a row, all in small letters: names and log lines have capitals, figures or signs in them."""


@pytest.fixture
def chinese(configured: Configured) -> Desk:
    """An incident with every kind of text in it, on a desk that writes Chinese."""
    desk = configured(
        language="zh-TW",
        tracker={"kind": "github", "url": "https://api.github.com", "project": "tix/shop", "token_file": "token"},
    )
    case = opened(desk)
    reason = said("{seconds:g} s without an answer", "{seconds:g} 秒內沒有回應", seconds=2)
    Locker(desk, case).keep(
        [Missing(kind="database", title=said("Database", "資料庫"), status="failed", reason=reason)]
    )
    values: dict[str, Any] = {
        "service": "postgres",
        "cause": "database-refuses-connections",
        "command": "tix restart postgres",
    }
    with desk.database.write() as connection:
        connection.execute(
            sa.insert(action).values(
                incident=1, run=1, kind="restart", state="proposed", proposed_at=desk.now(), **values
            )
        )
    person.acknowledge(desk, 1, by="mei")
    decide(desk, 1, approve=False, by="mei")
    story = outward(tell(desk, 1))
    text = short.page(desk, story, "zh-TW")
    with desk.database.write() as connection:
        outbox.put(connection, chat_message(story, "page", "page", "team", text), desk.now())
        row = connection.execute(sa.select(messages)).mappings().first()
    assert row is not None
    refused = DeliveryError(said("the channel {name} is away", "頻道 {name} 沒有回應", name="team"), retry=True)
    outbox.put_off(desk, row, refused, "chat-refused")
    close.finish(desk, 1, by="mei")
    return desk


def english_in(text: str) -> list[str]:
    return SENTENCE.findall(CODE.sub(" ", text))


def test_the_mail_is_chinese(chinese: Desk) -> None:
    """Subject, text and HTML."""
    message = mail.page(chinese, outward(tell(chinese, 1)))[MEI]
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    assert len(parts) >= 2
    assert english_in("\n".join([str(message["Subject"]), *map(str, parts)])) == []


def test_chat_and_issue_are_chinese(chinese: Desk) -> None:
    """What leaves the machine otherwise."""
    story = outward(tell(chinese, 1))
    said_in_chat = [short.page(chinese, story, "zh-TW"), short.recovered(chinese, story, "zh-TW")]
    settings = chinese.config.oncall.tracker
    assert isinstance(settings, Tracker)
    issue = draft.issue(chinese, story, settings)
    comment = draft.comment(story, story.timeline, "zh-TW")
    for text in [*(f"{one.title}\n{one.body}" for one in said_in_chat), str(issue.blocks), str(comment.blocks)]:
        assert english_in(re.sub(r"Code\(text='[^']*'\)", "", text)) == []


def test_the_post_mortem_is_chinese(chinese: Desk) -> None:
    """The draft, with its timeline."""
    assert english_in(postmortem.draft(chinese, tell(chinese, 1), "zh-TW")) == []


def test_the_record_is_chinese_under_its_chinese_heading(chinese: Desk) -> None:
    """It is readable alone in both languages."""
    record.write(chinese, tell(chinese, 1))
    text = (chinese.config.records / "INC-1" / "incident.md").read_text(encoding="utf-8")
    own, english = text.split("## English")
    assert english_in(own) == []
    assert "Declined" in english or "declined by mei" in english


def test_a_row_of_an_older_version_is_shown_in_english(chinese: Desk) -> None:
    """It has no Chinese; that is no reason to hide it."""
    with chinese.database.write() as connection:
        connection.execute(sa.update(rows).values(text="An old row", text_zh=""))
    assert "An old row" in postmortem.draft(chinese, tell(chinese, 1), "zh-TW")
