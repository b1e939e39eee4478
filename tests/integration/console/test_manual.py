"""The manual's pages, over the manual that ships and over one that a stranger wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tixmaster.oncall.app import Oncall
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
        "<h2>Meaning · 意義</h2>",
        'id="step-error_ratio"',
        "<strong>Share of failed requests</strong>",
        "<h4>3.3 Look at the database connection · 資料庫連線檢查</h4>",
        'id="step-database_port"',
        '<code>database-refuses-connections</code> <span class="hint">PostgreSQL refuses connections</span>',
        "<table>",
    ):
        assert words in text
    for words in ("alert: HighErrorRate", "procedure: database", "no runbook for"):
        assert words not in text
    assert text.index("What does error.log say?") < text.index("step-errors") < text.index("Is it the database?")


def test_an_alert_without_a_runbook_leads_to_the_generic_one(responder: Visitor) -> None:
    """No link of an alert is dead; the page says that it is the generic runbook, and for which alert."""
    answer = responder.get("/sop/Disk%3Cscript%3EFull")
    assert answer.status_code == 200
    assert "There is no runbook for the alert Disk&lt;script&gt;Full." in answer.text
    assert 'id="step-database_port"' in answer.text
    assert "There is no runbook" not in responder.get("/sop/*").text


def test_an_incident_links_to_its_runbook(responder: Visitor, oncall: Oncall) -> None:
    """One click from the incident to what was done."""
    assert 'href="/sop/HighErrorRate"' in responder.get(f"/incidents/{open_incident(oncall)}").text


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
