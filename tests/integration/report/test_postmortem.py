"""The draft of a post-mortem, in both languages; what a person writes is theirs."""

from __future__ import annotations

import pytest

from tixmaster.oncall import close, person
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import PostMortemChangedError
from tixmaster.oncall.report import postmortem, tell
from tixmaster.oncall.report.story import tell as read_story
from tixmaster.oncall.report.words import rounded

from .conftest import Clock, opened


def closed(desk: Desk, clock: Clock) -> Desk:
    tell.page(desk, opened(desk))
    clock.pass_by(3)
    person.acknowledge(desk, 1, by="mei")
    clock.pass_by(2)
    close.finish(desk, 1, by="mei")
    tell.recovered(desk, 1)
    return desk


def test_closing_leaves_a_draft_in_both_languages(desk: Desk, clock: Clock) -> None:
    """With what is known and questions for what is not; redacted; the evidence by its id."""
    closed(desk, clock)
    folder = desk.config.records / "INC-1"
    english, chinese = ((folder / name).read_text() for name in ("postmortem.md", "postmortem.zh-TW.md"))
    assert (
        "# Post-mortem of INC-1: The backend answers 24 % of requests with errors: PostgreSQL refuses connections"
        in english
    )
    assert "it lasted 5 min" in english
    assert "3 min after that" in english
    assert "E1 [error.log, 2 errors](evidence/run-1/error-log.txt)" in english
    assert "hunter2" not in english + chinese
    assert "# INC-1 事後檢討：後端 24 % 的請求回應錯誤：PostgreSQL 拒絕連線" in chinese
    assert "由 mei 認領" in chinese


def test_of_an_alert_that_came_and_went_all_night_the_draft_tells_begin_and_end(desk: Desk, clock: Clock) -> None:
    """Nobody reads hundreds of the same line; the draft says how many it leaves out, and where they are."""
    opened(desk)
    for place in range(300):
        person.note(desk, 1, f"remark {place:03}", by="mei")
    text = postmortem.read(desk, 1, "en").text
    assert ("remark 001" in text, "remark 150" in text, "remark 299" in text) == (True, False, True)
    told = sum(line.startswith("- ") for line in text.partition("## Timeline")[2].partition("##")[0].splitlines())
    assert told == postmortem.MOST_ROWS + 1
    assert "rows are left out here; `timeline.json` of the record has all" in text


def test_what_a_person_wrote_is_never_overwritten(desk: Desk, clock: Clock) -> None:
    """An untouched draft is written anew, a changed one never again."""
    closed(desk, clock)
    path = postmortem.path_of(desk, "INC-1", "en")
    person.note(desk, 1, "the disk was full", by="mei")
    postmortem.keep(desk, read_story(desk, 1))
    assert "the disk was full" in path.read_text()
    path.write_text(path.read_text().replace("*What did people do besides?*", "Mei freed the disk."))
    person.note(desk, 1, "too late for the draft", by="mei")
    postmortem.keep(desk, read_story(desk, 1))
    assert "too late for" not in path.read_text()
    kept = postmortem.read(desk, 1, "en")
    assert (kept.edited, "Mei freed the disk." in kept.text) == (True, True)
    assert not postmortem.read(desk, 1, "zh-TW").edited


def test_a_saved_text_is_a_persons(desk: Desk, clock: Clock) -> None:
    """Also where it is the draft, unchanged."""
    closed(desk, clock)
    text = postmortem.path_of(desk, "INC-1", "en").read_text()
    postmortem.save(desk, 1, "en", text, seen=postmortem.DRAFT, by="mei", address="127.0.0.1")
    assert postmortem.read(desk, 1, "en").edited


def test_of_two_who_write_at_once_the_second_is_told(desk: Desk, clock: Clock) -> None:
    """Nothing is written over what somebody saved meanwhile; whoever has seen it may replace it."""
    closed(desk, clock)
    shown = postmortem.read(desk, 1, "en").version
    postmortem.save(desk, 1, "en", "Mei's", seen=shown, by="mei", address="127.0.0.1")
    with pytest.raises(PostMortemChangedError):
        postmortem.save(desk, 1, "en", "Kai's", seen=shown, by="kai", address="127.0.0.1")
    found = postmortem.read(desk, 1, "en")
    assert found.text == "Mei's"
    postmortem.save(desk, 1, "en", "both", seen=found.version, by="kai", address="127.0.0.1")
    assert postmortem.read(desk, 1, "en").text == "both"


def test_figures_are_said_as_people_say_them() -> None:
    """Rounded, with a space before the unit; versions, addresses and times are no figures."""
    assert rounded("23.95% errors, p95 1.23456 s") == "24 % errors, p95 1.23 s"
    assert rounded("0.2345% of 12 requests") == "0.23 % of 12 requests"
    assert rounded("v1.10.2 at 127.0.0.1:5432, 03:12:40.123") == "v1.10.2 at 127.0.0.1:5432, 03:12:40.123"
