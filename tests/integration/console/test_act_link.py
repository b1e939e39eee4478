"""The links of the mail that answer a proposal."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tixmaster.oncall import views
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.remedy import links
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import action
from tixmaster.stack import secrets

from .conftest import Visitor, open_incident

MEI = "mei@example.org"


@pytest.fixture
def proposal(oncall: Oncall) -> int:
    """The number of the restart that INC-1 proposes."""
    open_incident(oncall)
    row = {"incident": 1, "run": 1, "kind": "restart", "service": "backend", "cause": "order-api-hangs"}
    with oncall.desk.database.write() as connection:
        proposed = {"command": "tix restart backend", "state": "proposed", "proposed_at": oncall.desk.now()}
        added = sa.insert(action).values(**row, **proposed).returning(action.c.id)
        return int(connection.execute(added).scalar_one())


@pytest.fixture
def link(oncall: Oncall, proposal: int) -> str:
    """The path of the link that approves it, in the mail to Mei."""
    return links.link(oncall.desk, 1, proposal, "approve", MEI).removeprefix(oncall.desk.config.link("oncall"))


def only_action(oncall: Oncall) -> dict[str, Any]:
    with oncall.desk.database.read() as connection:
        return incidents.actions(connection, 1)[0]


def test_following_a_link_shows_what_it_does_and_does_nothing(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """Mail scanners follow links; nobody is signed in."""
    page = visitor.get(link)
    assert page.status_code == 200
    assert "tix restart backend" in page.text
    assert f"given by the link in the mail to {MEI}" in page.text
    assert only_action(oncall)["state"] == "proposed"


def test_the_button_answers_once(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """A second press is told how it was answered, and whose mail the link was in."""
    assert "Approved" in visitor.send(link).text
    by = f"the link in the mail to {MEI}"
    assert (only_action(oncall)["state"], only_action(oncall)["decided_by"]) == ("approved", by)
    again = visitor.send(link)
    assert again.status_code == 409
    assert "answered already" in again.text
    assert by in again.text
    assert visitor.get(link).status_code == 200


def test_whose_mail_it_was_stands_on_the_timeline_and_in_the_audit(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """In both languages, and in what the API says."""
    visitor.send(link)
    visitor.sign_in("admin", secrets.read(oncall.desk.config, "console-password"))
    for language, words in (
        ("en", f"tix restart backend approved by the link in the mail to {MEI}"),
        ("zh-TW", f"由 寄給 {MEI} 的郵件中的連結 核准 tix restart backend"),
    ):
        page = visitor.client.get("/incidents/INC-1", headers={"Accept-Language": language})
        assert words in page.text
    assert f"the link in the mail to {MEI}" in visitor.get("/settings/audit").text
    row = next(item for item in views.detail(oncall.desk, 1)["timeline"] if item["kind"] == "approved")
    assert row["by"] == f"the link in the mail to {MEI}"


def test_a_link_of_an_older_version_still_answers(visitor: Visitor, oncall: Oncall, proposal: int) -> None:
    """It does not say whose mail it was in, and neither does the record."""
    old = msgspec.json.encode([1, proposal, "approve", oncall.desk.now()])
    signed = hmac.digest(secrets.read(oncall.desk.config, links.KEY).encode(), old, "sha256") + old
    token = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    assert "Approved" in visitor.send(f"{links.PATH}/{token}").text
    assert only_action(oncall)["decided_by"] == "the link in the mail"


def test_a_press_without_the_form_is_refused(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """Another site cannot press the button."""
    assert visitor.client.post(link).status_code == 403
    assert only_action(oncall)["state"] == "proposed"


def test_forged_links_open_nothing_and_guessing_is_slowed_down(visitor: Visitor, link: str) -> None:
    """An honest page, then a wait."""
    answers = [visitor.get(f"/act/{number:032x}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert "not one of ours" in answers[0].text
    assert visitor.get(link).status_code == 200
