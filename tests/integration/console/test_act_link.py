"""The links of the mail that answer a proposal."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tixmaster.oncall.app import Oncall
from tixmaster.oncall.remedy import links
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import action

from .conftest import Visitor, open_incident


@pytest.fixture
def link(oncall: Oncall) -> str:
    """The path of the link that approves the restart which INC-1 proposes."""
    open_incident(oncall)
    row = {"incident": 1, "run": 1, "kind": "restart", "service": "backend", "cause": "order-api-hangs"}
    with oncall.desk.database.write() as connection:
        proposed = {"command": "tix restart backend", "state": "proposed", "proposed_at": oncall.desk.now()}
        added = sa.insert(action).values(**row, **proposed).returning(action.c.id)
        number = connection.execute(added).scalar_one()
    return links.link(oncall.desk, 1, number, "approve").removeprefix(oncall.desk.config.link("oncall"))


def only_action(oncall: Oncall) -> dict[str, Any]:
    with oncall.desk.database.read() as connection:
        return incidents.actions(connection, 1)[0]


def test_following_a_link_shows_what_it_does_and_does_nothing(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """Mail scanners follow links; nobody is signed in."""
    page = visitor.get(link)
    assert page.status_code == 200
    assert "tix restart backend" in page.text
    assert only_action(oncall)["state"] == "proposed"


def test_the_button_answers_once(visitor: Visitor, oncall: Oncall, link: str) -> None:
    """A second press is told how it was answered."""
    assert "Approved" in visitor.send(link).text
    assert (only_action(oncall)["state"], only_action(oncall)["decided_by"]) == ("approved", "the link in the mail")
    again = visitor.send(link)
    assert again.status_code == 409
    assert "answered already" in again.text
    assert visitor.get(link).status_code == 200


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
