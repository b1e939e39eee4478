"""What people do on an incident's page, and its evidence as they look at it, also when it is hostile, forged or gone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa

from tixmaster.console.accounts import Role
from tixmaster.console.pages import ROWS_SHOWN
from tixmaster.oncall import close, intake, person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.case import Case
from tixmaster.oncall.evidence.locker import Locker, record_folder
from tixmaster.oncall.evidence.taken import Missing, Taken
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.report import record
from tixmaster.oncall.report.story import tell
from tixmaster.oncall.store import audit, facts, timeline
from tixmaster.oncall.store.schema import finding
from tixmaster.stack.said import Said, said

from .conftest import Visitor, open_incident, webhook
from .test_pages import HOSTILE, propose

LINES = "".join(f"error.log:{at}: ECONNREFUSED {HOSTILE} {at}\n" for at in range(1, 121))
SIGNATURES = [
    {
        "id": "abc123",
        "count": 312,
        "signature": f"ECONNREFUSED {HOSTILE} *",
        "first_seen": "2026-03-01T03:12:41Z",
        "example": f"ECONNREFUSED {HOSTILE} 1",
        "new": True,
        "looked_back_hours": 24.0,
        "lines": [3, 77],
    }
]
CSV = "time,backend\n2026-03-01T03:12:10+00:00,0.1\n2026-03-01T03:12:15+00:00,0.4\n2026-03-01T03:12:20+00:00,0.5\n"


def with_evidence(oncall: Oncall) -> str:
    """An incident whose evidence was written by strangers."""
    name = open_incident(oncall)
    Locker(oncall.desk, Case(number=1, run=1)).keep(
        [
            Taken(kind="log-excerpt", title=Said("error.log"), name="error-log.txt", content=LINES.encode()),
            Taken(
                kind="signatures",
                title=Said("1 signature"),
                name="signatures.json",
                content=msgspec.json.encode(SIGNATURES),
            ),
            Taken(
                kind="processes",
                title=Said("Processes"),
                name="processes.json",
                content=msgspec.json.encode([{"service": HOSTILE, "pid": 7}, {"service": "backend", "state": HOSTILE}]),
            ),
            Missing(
                kind="database",
                title=Said("Database"),
                status="failed",
                reason=Said("PostgreSQL did not tell: refused"),
            ),
            Taken(kind="numbers", title=Said("Errors, numbers"), name="error-ratio.csv", content=CSV.encode()),
        ]
    )
    return name


def test_the_log_is_looked_at_by_signature_then_by_line(responder: Visitor, oncall: Oncall) -> None:
    """Count, new, example; one click on, the lines of one signature; from there each in its place. Never more than a page."""
    name = with_evidence(oncall)
    page = f"/incidents/{name}/evidence/E1/view"
    front = responder.get(f"/incidents/{name}").text
    assert "312 ×" in front
    assert f'href="{page}?signature=abc123#lines">2 lines' in front
    chosen = responder.get(f"{page}?signature=abc123").text
    assert f'href="{page}?page=2#L77"' in chosen
    assert 'id="L78"' not in chosen
    second = responder.get(f"{page}?page=2").text
    assert ('id="L51"' in second, 'id="L100"' in second, 'id="L101"' in second) == (True, True, False)
    assert 'id="L120"' in responder.get(f"{page}?page=99999").text
    assert responder.get(f"{page}?page=0").status_code == 400


@pytest.mark.parametrize("artefact", ["E1", "E2", "E3"])
def test_hostile_evidence_stays_text(responder: Visitor, oncall: Oncall, artefact: str) -> None:
    """In log lines, signatures and tables."""
    text = responder.get(f"/incidents/{with_evidence(oncall)}/evidence/{artefact}/view").text
    assert "&lt;script&gt;alert(1)" in text
    assert ("<script>alert" in text, "<img src=x" in text) == (False, False)


def test_what_could_not_be_taken_or_is_gone_says_why(responder: Visitor, oncall: Oncall) -> None:
    """With its reason on the list and its page; a file that was deleted or changed takes neither page with it."""
    name = with_evidence(oncall)
    assert "failed: PostgreSQL did not tell: refused" in responder.get(f"/incidents/{name}").text
    assert "PostgreSQL did not tell" in responder.get(f"/incidents/{name}/evidence/E4/view").text
    folder = record_folder(oncall.desk, name) / "evidence" / "run-1"
    (folder / "signatures.json").unlink()
    (folder / "processes.json").write_text("[]")
    for artefact, words in (("E2", "cannot be read"), ("E3", "is not the file that was taken"), ("E1", 'id="L1"')):
        answer = responder.get(f"/incidents/{name}/evidence/{artefact}/view")
        assert (answer.status_code, words in answer.text) == (200, True)
    assert responder.get(f"/incidents/{name}").status_code == 200
    assert responder.get(f"/incidents/{name}/evidence/E9/view").status_code == 404


def test_the_numbers_of_a_picture_are_drawn_again(responder: Visitor, oncall: Oncall) -> None:
    """As lines over the same time, with what happened marked; other evidence holds no numbers."""
    name = with_evidence(oncall)
    assert "/numbers" in responder.get(f"/incidents/{name}/evidence/E5/view").text
    found = responder.get(f"/incidents/{name}/evidence/E5/numbers").json()
    (panel,) = found["panels"].values()
    assert panel["lines"][0]["values"] == [0.1, 0.4, 0.5]
    assert [mark["kind"] for mark in found["marks"]] == ["incident", "alert"]
    assert responder.get(f"/incidents/{name}/evidence/E3/numbers").status_code == 400


def test_the_graph_says_when_prometheus_is_silent(responder: Visitor, oncall: Oncall) -> None:
    """The page is there all the same, and the answer says what to do."""
    found = responder.get(f"/incidents/{open_incident(oncall)}/graph").json()
    assert "tix restart monitoring" in found["problem"]
    assert responder.get("/incidents/INC-7/graph").status_code == 404


def flap(oncall: Oncall, times: int) -> None:
    """The alert of the incident comes and goes."""
    with oncall.desk.database.write() as connection:
        for place in range(times):
            again = said("fires again, {place}", "再次觸發，{place}", place=place)
            timeline.append(connection, 1, "fired-again", again, at=oncall.desk.now())


def test_of_a_long_timeline_the_newest_rows_are_shown_and_all_can_be(responder: Visitor, oncall: Oncall) -> None:
    """What happened early is known all the same; printing goes out from the page that shows all."""
    name = open_incident(oncall)
    person.acknowledge(oncall.desk, 1, by="mei")
    flap(oncall, 250)
    page = responder.get(f"/incidents/{name}").text
    assert f"The newest {ROWS_SHOWN} of 254 rows" in page
    assert 'data-print="?timeline=whole"' in page
    assert ("fires again, 249" in page, "fires again, 20<" in page) == (True, False)
    assert "mei" in page.split('id="verdict"')[0]
    whole = responder.get(f"/incidents/{name}?timeline=whole").text
    assert ("fires again, 20<" in whole, "The newest" in whole, 'data-print=""' in whole) == (True, False, True)


def test_the_record_is_handed_over_as_a_zip(responder: Visitor, oncall: Oncall) -> None:
    """Evidence and words, below the incident's name; none while there is no record."""
    name = open_incident(oncall)
    assert responder.get(f"/incidents/{name}/record.zip").status_code == 404
    record.write(oncall.desk, tell(oncall.desk, 1))
    answer = responder.get(f"/incidents/{name}/record.zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="INC-1.zip"'
    assert "INC-1/incident.md" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_an_incident_is_assigned_to_somebody_who_may_act(responder: Visitor, oncall: Oncall) -> None:
    """From the list; anybody else is refused."""
    name = open_incident(oncall)
    assert responder.send(f"/incidents/{name}/assign", to="responder").status_code == 303
    assert "assigned to responder" in responder.get(f"/incidents/{name}").text
    assert responder.send(f"/incidents/{name}/assign", to=HOSTILE).status_code == 400


def test_incidents_are_merged_and_reopened(responder: Visitor, oncall: Oncall) -> None:
    """The part points to the whole; a closed one is investigated anew; what cannot be is said."""
    first = open_incident(oncall)
    other = webhook(alertname="ConfigReloadFailed", service="prometheus").replace(b"f" * 16, b"e" * 16)
    intake.store(oncall.desk, other)
    absorb_waiting(oncall.desk)
    assert 'value="INC-2"' in responder.get(f"/incidents/{first}").text
    assert responder.send(f"/incidents/{first}/merge", into=first).status_code == 409
    assert responder.send("/incidents/INC-2/merge", into=first).headers["location"] == f"/incidents/{first}"
    assert f'href="/incidents/{first}"' in responder.get("/incidents/INC-2").text
    close.finish(oncall.desk, 1, by="responder")
    assert responder.send(f"/incidents/{first}/reopen").status_code == 303
    assert "Reopened by responder" in responder.get(f"/incidents/{first}").text


def test_a_proposal_shows_what_stands_for_and_against_it(responder: Visitor, oncall: Oncall) -> None:
    """Each guard, in a dry run over the incident as it stands; an objection is seen at once."""
    name, now = open_incident(oncall), oncall.desk.now()
    propose(oncall)
    title = {"en": "Database port", "zh-TW": "資料庫連接埠"}
    found = {"title": title, "status": "failed", "value": {}, "reason": "refused", "seconds": 0.1, "at": now}
    with oncall.desk.database.write() as connection:
        connection.execute(sa.insert(finding).values(incident=1, run=1, key="database_port", position=0, **found))
    assert "Nothing stands against it: 10 checks passed" in responder.get(f"/incidents/{name}").text
    with oncall.desk.database.write() as connection:
        facts.begin_deploy(connection, "postgres", now, by=HOSTILE, version=None)
    text = responder.get(f"/incidents/{name}").text
    assert '<details id="guards" open>' in text
    assert "A deploy of postgres is under way, begun by &lt;script&gt;" in text


@pytest.mark.parametrize("act", ["ack", "assign", "note", "merge", "close", "reopen", "postmortem"])
def test_viewers_and_forged_forms_change_nothing(sign_in: Callable[[Role], Visitor], oncall: Oncall, act: str) -> None:
    """Looking is no acting, and a form of another page is none of ours."""
    name = open_incident(oncall)
    before = len(tell(oncall.desk, 1).timeline)
    viewer = sign_in("viewer")
    fields = {"to": "responder", "text": "x", "into": "INC-2", "seen": "draft", "act": "save"}
    assert viewer.send(f"/incidents/{name}/{act}", **fields).status_code == 403
    assert f'action="/incidents/{name}/' not in viewer.get(f"/incidents/{name}").text
    responder = sign_in("responder")
    assert responder.client.post(f"/incidents/{name}/{act}", data=fields).status_code == 403
    assert len(tell(oncall.desk, 1).timeline) == before
    assert responder.send(f"/incidents/INC-7/{act}", **fields).status_code == 404


def test_a_post_mortem_is_previewed_saved_and_audited(responder: Visitor, oncall: Oncall) -> None:
    """In either language; Markdown that would run stays text."""
    name = open_incident(oncall)
    page = f"/incidents/{name}/postmortem?language=zh-TW"
    assert "A draft from the timeline" in responder.get(page).text
    preview = responder.send(
        page, text=f"# {HOSTILE}\r\n\r\n[x](javascript:alert(1))", seen="draft", act="preview"
    ).text
    assert ("<script>alert" in preview, 'href="javascript' in preview) == (False, False)
    assert "it is not saved yet" in preview
    assert responder.send(page, text="# 檢討\r\n磁碟已滿", seen="draft", act="save").status_code == 303
    assert (record_folder(oncall.desk, name) / "postmortem.zh-TW.md").read_text() == "# 檢討\n磁碟已滿"
    assert "磁碟已滿" in responder.get(page).text
    with oncall.desk.database.read() as connection:
        assert audit.newest(connection, 1)[0]["about"] == "INC-1, zh-TW"


def test_of_two_editors_the_second_loses_nothing(responder: Visitor, oncall: Oncall) -> None:
    """Both texts are shown with who wrote the other; saving again is a choice, then."""
    page = f"/incidents/{open_incident(oncall)}/postmortem?language=en"
    responder.send(page, text="written by the first", seen="draft", act="save")
    late = responder.send(page, text="written by the second", seen="draft", act="save")
    assert late.status_code == 409
    for words in ("responder saved another text", "written by the first", "written by the second"):
        assert words in late.text
    seen = late.text.split('name="seen" value="')[1].split('"')[0]
    assert responder.send(page, text="written by both", seen=seen, act="save").status_code == 303
    person.note(oncall.desk, 1, "the file stays theirs", by="responder")
    assert "written by both" in responder.get(page).text
