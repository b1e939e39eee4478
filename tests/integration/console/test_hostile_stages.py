"""An alert that says anything goes through every stage: run, mail, record, page, list, terminal, issue, post-mortem."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa
from rich.cells import cell_len
from tests.integration.boxoffice.cluster import Cluster
from tests.integration.oncall.state import new_database, state_server

from tixmaster.cli import incidents as terminal
from tixmaster.oncall import close, views
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.case import Case
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.pipeline import INVESTIGATION
from tixmaster.oncall.report import mail, short, tell
from tixmaster.oncall.report.story import outward
from tixmaster.oncall.report.story import tell as story_of
from tixmaster.oncall.report.trackers import draft
from tixmaster.oncall.report.trackers.kinds import KINDS
from tixmaster.oncall.store.schema import outbox
from tixmaster.stack.config import Config, Tracker

from .conftest import Client, Visitor

ODD = "a\x00b\ud800c\x1b[31mred\x1b[0m\u202egpj.exe\r\nBcc: eve@example.org\n[red]{0}{x}%s<script>alert(1)</script>長|`"
LONG = "The disk is full. " * 1_200
HOSTILE: dict[str, dict[str, Any]] = {
    "odd": {
        "labels": {"alertname": ODD, "service": ODD, "severity": ODD, ODD: ODD},
        "annotations": {"summary": ODD, ODD: ODD},
    },
    "long": {
        "labels": {"alertname": "A" * 9_000, "service": "s" * 9_000, "severity": "v" * 9_000},
        "annotations": {"summary": LONG, "summary_zh": "磁碟已滿。" * 4_000, "description": LONG},
    },
    "many": {
        "labels": {"alertname": "Many", **{f"label{number}" * 20: "x" * 2_000 for number in range(500)}},
        "annotations": {f"note{number}": "<&" * 3_000 for number in range(500)},
    },
    "dashes": {"labels": {"alertname": "Dashes"}, "annotations": {"summary": "GET /" + "-" * 7_000 + "?token=1"}},
    "first": {"labels": {"alertname": "First"}, "startsAt": "0001-01-01T00:00:00Z"},
    "last": {"labels": {"alertname": "Last"}, "startsAt": "9999-12-31T23:59:59Z", "endsAt": "9999-12-31T23:59:59Z"},
    "past": {"labels": {"alertname": "Past"}, "startsAt": "2000-01-01T00:00:00Z"},
    "null": {"labels": {"alertname": 5, "service": None, "x": [[1]]}, "annotations": None, "startsAt": None},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with state_server(tmp_path_factory.mktemp("state")) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, config: Config) -> Config:
    """The configuration, with the state in either database."""
    if request.param == "sqlite":
        return config
    url = new_database(request.getfixturevalue("server"), f"oncall_{uuid4().hex[:8]}").set(drivername="postgresql")
    settings = msgspec.structs.replace(config.oncall, database=url.render_as_string(hide_password=False))
    return msgspec.structs.replace(config, oncall=settings)


@pytest.fixture
def opened(oncall: Oncall, client: Client, bearer: Callable[[str], dict[str, str]]) -> dict[int, str]:
    """An incident for each, through the webhook: its number and the name of what is hostile in it."""
    numbers: dict[int, str] = {}
    for name, more in HOSTILE.items():
        sent = {"status": "firing", "startsAt": "2026-03-01T03:12:40Z"} | more
        body = {"version": "4", "alerts": [sent | {"labels": {"service": f"service-{name}"} | more["labels"]}]}
        answer = client.post("/webhook/alertmanager", content=json.dumps(body), headers=bearer("webhook-token"))
        assert (answer.status_code, answer.json()["stored"]) == (200, 1), name
        assert absorb_waiting(oncall.desk) == ["opened"], name
        numbers[len(numbers) + 1] = name
    return numbers


def test_every_stage_and_every_output_survives(
    oncall: Oncall, opened: dict[int, str], responder: Visitor, client: Client
) -> None:
    """Within the limits of mails, headlines, pages, chats and trackers; nothing reaches a terminal that it would obey."""
    for number, name in opened.items():
        for stage in INVESTIGATION:
            stage.run(oncall.desk, Case(number=number, run=1))
        for language in ("en", "zh-TW"):
            _is_bounded(oncall, number, language)
            page = client.get(f"/incidents/INC-{number}", headers={"Accept-Language": language})
            assert page.status_code == 200, name
            assert len(page.content) <= 300_000, name
            assert "<script>alert" not in page.text
            assert responder.get(f"/incidents/INC-{number}/postmortem?language={language}").status_code == 200, name
        close.finish(oncall.desk, number, by="mei")
        tell.recovered(oncall.desk, number)
    for path in ("/", "/incidents?state=closed", "/alerts", "/incidents?q=%00", "/incidents?service=%00%F0%9F%94%A5"):
        assert responder.get(path).status_code == 200, path
    _mails_are_bounded(oncall, len(opened))
    _terminal_is_safe(oncall, opened)


def _is_bounded(oncall: Oncall, number: int, language: Any) -> None:
    story = outward(story_of(oncall.desk, number))
    assert len(story.headline(language)) <= 300
    text = short.page(oncall.desk, story, language)
    assert len(text.title) <= 200
    assert len(text.body) <= 1_500
    assert "\n" not in text.title
    for kind, tracker in KINDS.items():
        issue = draft.issue(
            oncall.desk, story, Tracker(kind=kind, project="a/b", url="https://example.org", token_file=Path("x"))
        )
        assert len(issue.title) <= tracker.longest_title <= {"github": 256}.get(kind, 255)
        assert issue.title.endswith(f"(INC-{number})")
        assert sum(len(str(block)) for block in issue.blocks) < 32_767


def _mails_are_bounded(oncall: Oncall, incidents: int) -> None:
    with oncall.desk.database.read() as connection:
        bodies = list(connection.execute(sa.select(outbox.c.body).where(outbox.c.medium == "mail")).scalars())
    assert len(bodies) >= incidents
    for body in bodies:
        message = message_from_bytes(body, policy=policy.default)
        assert len(message["Subject"]) <= 200
        assert message["Bcc"] is None
        assert len(body) <= 300_000
        assert message.defects == []


def _terminal_is_safe(oncall: Oncall, opened: dict[int, str]) -> None:
    """The list and each incident, in both languages, as `tix incidents` and `tix incident show` print them."""
    screen = io.StringIO()
    documents = msgspec.json.decode(msgspec.json.encode([views.detail(oncall.desk, number) for number in opened]))
    with contextlib.redirect_stdout(screen):
        for language in ("en", "zh-TW"):
            terminal._print_list(documents, language)
            for document in documents:
                terminal._print_incident(document, language)
    printed = screen.getvalue()
    assert not {char for char in printed if not char.isprintable()} - {"\n"}
    assert "[red]" in printed
    assert max(cell_len(row) for row in printed.splitlines()) <= 240


def test_the_mail_of_a_long_summary_shows_what_is_missing(oncall: Oncall, client: Client, bearer: Any) -> None:
    """20,000 characters: 300 are kept, and the mark says how many are not."""
    sent = {"status": "firing", "labels": {"alertname": "Long"}, "annotations": {"summary": "x" * 20_000}}
    client.post(
        "/webhook/alertmanager", content=json.dumps({"version": "4", "alerts": [sent]}), headers=bearer("webhook-token")
    )
    absorb_waiting(oncall.desk)
    story = story_of(oncall.desk, 1)
    assert story.alerts[0]["annotations"]["summary"] == "x" * 300 + "… (cut, 19,700 characters)"
    assert story.title("zh-TW").endswith(" 個字元）")
    assert next(iter(mail.page(oncall.desk, story).values()))["Subject"].endswith(" characters) (INC-1)")
