"""What the pages show, also of text that strangers wrote."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tixmaster.oncall import close, person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.case import Case
from tixmaster.oncall.evidence.locker import Locker, record_folder
from tixmaster.oncall.evidence.taken import Missing, Taken
from tixmaster.oncall.store.schema import action, artefact, cause
from tixmaster.stack.said import Said

from .conftest import Visitor, open_incident

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def propose(oncall: Oncall) -> None:
    """What diagnosis and remedy would have written."""
    now = oncall.desk.now()
    with oncall.desk.database.write() as connection:
        connection.execute(
            sa.insert(cause).values(
                incident=1,
                run=1,
                rank=1,
                id="database-refuses-connections",
                title={"en": "PostgreSQL refuses connections", "zh-TW": "PostgreSQL 拒絕連線"},
                confidence=0.65,
                practice={"named": 3, "right": 3},
                contradicts=["Log in to the database: 9 of 100 connections"],
                because=["TCP 5432 refused 3 of 3"],
                evidence=["E1"],
                steps=[],
            )
        )
        connection.execute(
            sa.insert(action).values(
                incident=1,
                run=1,
                kind="restart",
                service="postgres",
                cause="database-refuses-connections",
                command="tix restart postgres",
                state="proposed",
                proposed_at=now,
            )
        )


def states(oncall: Oncall) -> list[Any]:
    with oncall.desk.database.read() as connection:
        return list(connection.execute(sa.select(action.c.state, action.c.decided_by)).all())


def test_the_first_screen_says_what_how_bad_why_and_what_now(responder: Visitor, oncall: Oncall) -> None:
    """Title, severity, cause with its confidence and reason, the exact command, its effect and the budget."""
    name = open_incident(oncall)
    propose(oncall)
    text = responder.get(f"/incidents/{name}").text
    for words in (
        "backend answers 38 % errors",
        "critical",
        "PostgreSQL refuses connections",
        "confidence 65 %: right in 3 of 3 drills",
        "What speaks against it",
        "Log in to the database: 9 of 100 connections",
        "TCP 5432 refused 3 of 3",
        "tix restart postgres",
        "stops postgres and starts it again",
        "2 of 2 restarts left within 30 min",
    ):
        assert words in text


@pytest.mark.parametrize(("button", "state"), [("approve", "approved"), ("decline", "declined")])
def test_a_person_decides(responder: Visitor, oncall: Oncall, button: str, state: str) -> None:
    """The decision carries the name; deciding again is a conflict, said on a page."""
    name = open_incident(oncall)
    propose(oncall)
    assert responder.send(f"/incidents/{name}/{button}").headers["location"] == f"/incidents/{name}"
    assert states(oncall) == [(state, "responder")]
    again = responder.send(f"/incidents/{name}/{button}")
    assert again.status_code == 409
    assert "Somebody was faster" in again.text


def test_acknowledging_and_noting_reach_the_timeline(responder: Visitor, oncall: Oncall) -> None:
    """Both carry the name of who did it."""
    name = open_incident(oncall)
    assert responder.send(f"/incidents/{name}/ack").status_code == 303
    assert responder.send(f"/incidents/{name}/note", text="Called the\nDBA").status_code == 303
    text = responder.get(f"/incidents/{name}").text
    assert "responder is on it" in text
    assert "Called the\nDBA" in text
    assert responder.send(f"/incidents/{name}/note", text="").status_code == 400


def test_hostile_text_stays_text(responder: Visitor, oncall: Oncall) -> None:
    """Labels, summaries, notes and evidence titles cannot become markup."""
    name = open_incident(oncall, summary=HOSTILE, severity=HOSTILE, team=HOSTILE)
    person.note(oncall.desk, 1, HOSTILE, by=HOSTILE)
    Locker(oncall.desk, Case(number=1, run=1)).keep(
        [Taken(kind="log-excerpt", title=Said(HOSTILE), name="error-log.txt", content=HOSTILE.encode())]
    )
    for path in ("/incidents", f"/incidents/{name}"):
        text = responder.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_evidence_is_shown_by_its_id_and_cannot_run(responder: Visitor, oncall: Oncall) -> None:
    """Type, name and policy are ours, whatever the content is."""
    name = open_incident(oncall)
    locker = Locker(oncall.desk, Case(number=1, run=1))
    locker.keep([Taken(kind="log-excerpt", title=Said("error.log"), name="error-log.txt", content=HOSTILE.encode())])
    locker.keep([Taken(kind="panel", title=Said("A page in disguise"), name="page.html", content=HOSTILE.encode())])
    shown = responder.get(f"/incidents/{name}/evidence/E1")
    assert shown.text == HOSTILE
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["content-disposition"] == 'inline; filename="INC-1-E1-error-log.txt"'
    assert "sandbox" in shown.headers["content-security-policy"]
    handed = responder.get(f"/incidents/{name}/evidence/E2")
    assert handed.headers["content-type"] == "application/octet-stream"
    assert handed.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("what", ["E2", "E3", "error-log.txt", "..%2F..%2Fincident.md", "%2Fetc%2Fpasswd", "e1"])
def test_nothing_but_evidence_is_given_out(responder: Visitor, oncall: Oncall, what: str) -> None:
    """Neither what was not taken, nor files by name or path."""
    name = open_incident(oncall)
    locker = Locker(oncall.desk, Case(number=1, run=1))
    locker.keep([Taken(kind="log-excerpt", title=Said("error.log"), name="error-log.txt", content=b"x")])
    locker.keep(
        [Missing(kind="panel", title=Said("Errors"), status="failed", reason=Said("Prometheus does not answer"))]
    )
    assert responder.get(f"/incidents/{name}/evidence/{what}").status_code == 404


def test_evidence_that_was_changed_is_no_evidence(responder: Visitor, oncall: Oncall) -> None:
    """A file whose hash differs, a row that leads out of the record, and a missing file are all gone."""
    name = open_incident(oncall)
    Locker(oncall.desk, Case(number=1, run=1)).keep(
        [Taken(kind="log-excerpt", title=Said("error.log"), name="error-log.txt", content=b"x")]
    )
    file = record_folder(oncall.desk, name) / "evidence" / "run-1" / "error-log.txt"
    file.write_bytes(b"y")
    assert responder.get(f"/incidents/{name}/evidence/E1").status_code == 410
    with oncall.desk.database.write() as connection:
        connection.execute(sa.update(artefact).values(path="../../secrets/api-token"))
    assert responder.get(f"/incidents/{name}/evidence/E1").status_code == 410


def test_the_reader_chooses_the_language(responder: Visitor, oncall: Oncall) -> None:
    """The browser's wish first, then the switch, which is remembered."""
    open_incident(oncall)
    wished = responder.client.get("/incidents", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh-TW"' in wished.text
    assert "處理中" in wished.text
    responder.send("/language", language="zh-TW", next="/incidents")
    assert '<html lang="zh-TW"' in responder.get("/incidents").text


def test_a_closed_incident_stays_readable_without_buttons(responder: Visitor, oncall: Oncall) -> None:
    """Nothing is left to do, and the page says so."""
    name = open_incident(oncall)
    close.finish(oncall.desk, 1, by="responder")
    text = responder.get(f"/incidents/{name}").text
    assert "It is over" in text
    assert f'action="/incidents/{name}/close"' not in text


def test_an_unknown_page_or_incident_is_said_on_a_page(responder: Visitor) -> None:
    """With a way back."""
    for path in ("/incidents/INC-7", "/incidents/x", "/nowhere"):
        answer = responder.get(path)
        assert answer.status_code == 404
        assert '<a href="/">Back to the start page' in answer.text
