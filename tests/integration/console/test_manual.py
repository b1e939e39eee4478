"""The manual's pages, over the manual that ships and over one that a stranger wrote."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tixmaster.console.accounts import Role
from tixmaster.console.manual import Coverage
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.sop import by_hand
from tixmaster.stack.config import Config

from ...conftest import make_config
from .conftest import Visitor, open_incident

HOSTILE = """---
title: {en: "<b>Bold</b>", zh-TW: "<b>粗</b>"}
alert: Hostile
---
# Title

<script>alert(1)</script> <img src=x onerror=alert(1)> [press](javascript:alert(1))

<!--
```step
id: hidden
title: {en: Hidden, zh-TW: 隱藏}
check: postgres
```
-->

```step
id: shown
title: {en: "<script>alert(2)</script>", zh-TW: 顯示}
check: http
with: {service: backend, path: "/<script>alert(3)</script>"}
```
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration with a manual of its own, so that a test may write in it."""
    config = make_config(tmp_path)
    shutil.copytree(config.sop, tmp_path / "manual")
    return msgspec.structs.replace(config, oncall=msgspec.structs.replace(config.oncall, sop=tmp_path / "manual"))


def test_the_list_names_every_runbook_with_its_causes(responder: Visitor) -> None:
    """Alert, title and causes in the reader's language, and a link to each."""
    text = responder.get("/sop").text
    for words in ("HighErrorRate", "Many requests fail", "14 steps", "PostgreSQL refuses connections"):
        assert words in text
    assert 'href="/sop/InstanceDown"' in text
    assert "any other alert" in text
    chinese = responder.client.get("/sop", headers={"Accept-Language": "zh-TW"}).text
    assert "錯誤率過高" in chinese
    assert "PostgreSQL 拒絕連線" in chinese


def test_a_runbook_reads_as_a_page(responder: Visitor) -> None:
    """Steps are cards, the procedures stand in their places, the decisions are a table, the YAML is gone."""
    text = responder.get("/sop/HighErrorRate").text
    for words in (
        ">Meaning</h2>",
        'id="step-error_ratio"',
        "<strong>Share of failed requests</strong>",
        ">3.3 Look at the database connection</h4>",
        'id="step-database_port"',
        "<td>PostgreSQL refuses connections (<code>database-refuses-connections</code>)</td>",
        "<strong>Database port</strong> failed",
        "<table>",
    ):
        assert words in text
    for words in ("alert: HighErrorRate", "procedure: database", "no runbook for", "意義"):
        assert words not in text
    assert text.index("What does error.log say?") < text.index("step-errors") < text.index("Is it the database?")


def test_an_alert_without_a_runbook_leads_to_the_generic_one(responder: Visitor) -> None:
    """No link of an alert is dead; the page says that it is the generic runbook, and for which alert."""
    answer = responder.get("/sop/Disk%3Cscript%3EFull")
    assert answer.status_code == 200
    assert "There is no runbook for the alert Disk&lt;script&gt;Full." in answer.text
    assert 'id="step-database_port"' in answer.text
    assert "There is no runbook" not in responder.get("/sop/*").text
    elsewhere = responder.get("/sop/InstanceDown?service=prometheus").text
    assert "is not about prometheus" in elsewhere
    assert "is not about" not in responder.get("/sop/InstanceDown?service=backend").text


def test_an_incident_links_to_its_runbook(responder: Visitor, oncall: Oncall) -> None:
    """One click from the incident to what was done."""
    assert 'href="/sop/HighErrorRate?service=backend"' in responder.get(f"/incidents/{open_incident(oncall)}").text


def test_a_document_cannot_become_markup(responder: Visitor, config: Config) -> None:
    """Raw HTML, links that run, and steps' words stay text; a changed manual is read at once."""
    (config.sop / "Hostile.md").write_text(HOSTILE, encoding="utf-8")
    answer = responder.get("/sop/Hostile")
    assert "<h1>&lt;b&gt;Bold" in answer.text
    for number in (1, 2, 3):
        assert f"&lt;script&gt;alert({number})&lt;/script&gt;" in answer.text
    for words in ("<script>alert", "<img src=x", 'href="javascript', "<b>"):
        assert words not in answer.text
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_broken_document_is_told_and_the_last_good_manual_stays(responder: Visitor, config: Config) -> None:
    """With file and line."""
    (config.sop / "HighErrorRate.md").write_text("no front matter", encoding="utf-8")
    text = responder.get("/sop").text
    assert "HighErrorRate.md:1:" in text
    assert "Many requests fail" in text


def test_the_book_is_read_part_by_part_in_the_readers_language(responder: Visitor) -> None:
    """Procedures with their acts, plain parts, causes; links between files lead to their pages."""
    procedure = responder.get("/sop/part/restart").text
    assert "<code>tix restart backend</code>" in procedure
    assert 'href="/sop/part/logs"' in responder.get("/sop/part/purpose").text
    causes = responder.get("/sop/causes").text
    assert 'id="database-refuses-connections"' in causes
    assert 'href="/sop/HighErrorRate"' in causes
    assert responder.get("/sop/part/nowhere").status_code == 404


def test_words_are_looked_for_in_every_section(responder: Visitor) -> None:
    """All of them must be there; each hit leads to its section and shows the words; nothing of it can run."""
    text = responder.get("/sop?q=refuses+CONNECTIONS").text
    assert ("<mark>refuses</mark>" in text, "<mark>connections</mark>" in text) == (True, True)
    assert 'href="/sop/' in text.split('class="hits"')[1]
    hostile = responder.get("/sop?q=%3Cscript%3Ealert(1)").text
    assert "<script>alert" not in hostile
    assert "No section of the manual holds all of these words" in hostile


def test_the_book_prints_in_one_piece_and_runs_nothing(responder: Visitor) -> None:
    """Its policy lets in its own style by its hash, and no script."""
    answer = responder.get("/sop/print")
    assert "SOP-MON-001" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


def test_the_tests_of_the_decisions_say_which_rows_they_reach(responder: Visitor, config: Config) -> None:
    """A row that no test reaches stands open and first; while the tests run the page says so and comes again."""
    (config.sop / "tests" / "HighErrorRate.yaml").unlink()
    coverage: Coverage = responder.client.app.state["coverage"]
    assert 'http-equiv="refresh"' in responder.get("/sop/coverage").text
    coverage.wait()
    text = responder.get("/sop/coverage").text
    assert "no test reaches this row" in text
    assert text.index('id="of-HighErrorRate" open') < text.index('id="of-InstanceDown"')


def test_what_is_kept_of_the_tests_is_escaped_in_each_language_and_made_anew(
    responder: Visitor, config: Config
) -> None:
    """A name of a test is anybody's text; the rows are made once, until a test has changed."""
    coverage: Coverage = responder.client.app.state["coverage"]
    file = config.sop / "tests" / "InstanceDown.yaml"
    first = "the kernel ended the backend's container for want of memory"
    written = file.read_text(encoding="utf-8")
    for name, shown in (
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b>another</b>", "&lt;b&gt;another&lt;/b&gt;"),
    ):
        file.write_text(written.replace(f"name: {first}", f"name: '{name}'", 1), encoding="utf-8")
        responder.get("/sop/coverage")
        coverage.wait()
        pages: dict[str, str] = {}
        for language in ("en", "zh-TW", "en"):
            responder.client.cookies.set("language", language)
            text = responder.get("/sop/coverage").text
            assert shown in text
            assert name not in text
            assert pages.setdefault(language, text.partition("<details")[2]) == text.partition("<details")[2]
        assert pages["en"] != pages["zh-TW"]


WISH = {"service": "backend", "minutes": "5"}


def run_of(responder: Visitor, oncall: Oncall, name: str) -> by_hand.Kept:
    """The run of a document, once it is over."""
    place = responder.send(f"/sop/run/{name}", **WISH).headers["location"]
    for worker in threading.enumerate():
        if worker.name == "runbook":
            worker.join(60)
    return by_hand.read(oncall.desk, place.rpartition("/")[2])


def test_a_runbook_is_carried_out_by_hand_and_kept(responder: Visitor, oncall: Oncall) -> None:
    """Every step with what it found, who did it in the audit, no act, and the page to read it again."""
    assert "Nothing has been touched" in responder.get("/sop/run/HighErrorRate").text
    kept = run_of(responder, oncall, "HighErrorRate")
    assert (kept.by, kept.ended_at is not None, kept.problem) == ("responder", True, None)
    steps = oncall.desk.library.runbook_for("HighErrorRate", "backend").steps
    assert len(kept.result["steps"]) == len(kept.planned) == len(steps)
    text = responder.get(f"/sop/runs/{kept.id}").text
    assert "Database port" in text
    assert "data-live-page" not in text
    assert f'href="/sop/runs/{kept.id}"' in responder.get("/sop/HighErrorRate").text
    stream = responder.get(f"/sop/runs/{kept.id}/live").text
    assert ("event: change" in stream, "event: end" in stream) == (True, True)


def test_a_procedure_is_carried_out_without_its_acts(responder: Visitor, oncall: Oncall) -> None:
    """Nobody is at hand to say yes, so nothing is restarted."""
    kept = run_of(responder, oncall, "restart")
    acts = [step for step in kept.result["steps"] if step["id"] == "restarted"]
    assert acts
    assert {step["status"] for step in acts} == {"skipped"}


def test_whoever_may_not_act_carries_nothing_out(sign_in: Callable[[Role], Visitor], oncall: Oncall) -> None:
    """A viewer reads the plan; forged forms, services and names that are not there begin nothing."""
    viewer = sign_in("viewer")
    assert 'id="begin"' not in viewer.get("/sop/run/HighErrorRate").text
    assert viewer.send("/sop/run/HighErrorRate", **WISH).status_code == 403
    assert viewer.client.post("/sop/run/HighErrorRate", data=WISH).status_code == 403
    responder = sign_in("responder")
    assert responder.send("/sop/run/HighErrorRate", service="nowhere", minutes="5").status_code == 400
    assert responder.send("/sop/run/HighErrorRate", service="backend", minutes="-1").status_code == 400
    assert responder.send("/sop/run/nowhere", **WISH).status_code == 404
    for path in ("/sop/runs/..%2F..%2Fmanifest", "/sop/runs/20260301T031240-0a1b2c3d"):
        assert responder.get(path).status_code == 404
    assert by_hand.newest(oncall.desk, 1) == []
