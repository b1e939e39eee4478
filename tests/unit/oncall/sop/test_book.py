"""The printable manual."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from tixmaster.oncall.errors import NoBrowserError
from tixmaster.oncall.sop import bilingual, book, document, paper, spoken
from tixmaster.oncall.sop.book import Book
from tixmaster.oncall.sop.document import Text
from tixmaster.oncall.sop.library import load
from tixmaster.oncall.sop.prose import Language, blocks
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL

TODAY = date(2026, 3, 1)
TITLES = {"port": Text(en="Database port", zh_tw="資料庫連接埠"), "errors": Text(en="Errors", zh_tw="錯誤")}


def bound(language: Language) -> Book:
    return book.bind(load(MANUAL, SERVICE_NAMES), MANUAL, language, TODAY)


def test_the_book_has_the_parts_of_the_sop_in_their_order() -> None:
    """Purpose, scope, procedures, incident response, the runbooks, the causes."""
    text = [heading.text for heading in bound("en").headings]
    order = ("1. Purpose", "2. Scope", "3. Procedures", "3.1 ", "3.2 ", "3.3 ", "3.4 ", "4. Incident response", "4.1 ")
    alerts = ("InstanceDown: ", "HighErrorRate: ", "LowOrderVolume: ", "Watchdog: ", "Any other alert", "Causes")
    places = [next(at for at, heading in enumerate(text) if heading.startswith(name)) for name in order + alerts]
    assert places == sorted(places)
    assert text.count("4. Incident response") == 1


def test_each_language_has_the_same_book_without_the_other() -> None:
    """The same headings and steps; no Chinese in the English one, no English paragraph in the Chinese one."""
    english, chinese = bound("en"), bound("zh-TW")
    assert len(english.headings) == len(chinese.headings)
    assert english.markdown.count("| Step ") == chinese.markdown.count("| 步驟 ") > 20
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.markdown)
    for text in ("SOP-MON-001", "2026-03-01", "pg_isready", "Get-Content"):
        assert text in english.markdown
        assert text in chinese.markdown
    assert "This document lays down" not in chinese.markdown
    assert "3.1 檢查後端 Logs" in chinese.markdown


def test_every_link_of_the_book_leads_somewhere() -> None:
    """Links between files lead to headings of the book."""
    page = bound("en")
    anchors = {heading.anchor for heading in page.headings}
    targets = [part.partition(")")[0] for part in page.markdown.split("](#")[1:]]
    assert len(targets) > 50
    assert set(targets) <= anchors
    assert ".md)" not in page.markdown


def test_the_page_needs_nothing_else() -> None:
    """Style inside, no script, nothing fetched; every heading can be linked to."""
    page = paper.html(bound("zh-TW"))
    assert '<html lang="zh-TW">' in page
    assert "@page" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "url(" not in page
    assert page.count("</table>") > 50
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert "1-目的" in anchors
    assert {unquote(link) for link in re.findall(r'href="#([^"]+)"', page)} <= anchors


def test_without_a_browser_pdf_says_what_to_install(tmp_path: Path) -> None:
    """Exit code 3."""
    with pytest.raises(NoBrowserError, match="apt install chromium") as refused:
        paper.pdf(bound("en"), tmp_path / "book.pdf", browsers=())
    assert refused.value.exit_code == 3


@pytest.mark.skipif(not any(map(shutil.which, paper.BROWSERS)), reason="no Chromium here")
def test_a_browser_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF, and nothing left beside it; also where the folder for temporary files is too deep for a browser's socket."""
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    small = Book(title="T", language="en", markdown="# T\n\nText\n", headings=())
    paper.pdf(small, tmp_path / "new" / "book.pdf")
    assert (tmp_path / "new" / "book.pdf").read_bytes().startswith(b"%PDF")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["book.pdf"]


@pytest.mark.parametrize(
    ("condition", "english", "chinese"),
    [
        ('port.status == "failed"', "**Database port** failed", "「資料庫連接埠」失敗"),
        (
            'port.status != "ok" && errors.value.matching > 0',
            "**Database port** is not as it should be and **Errors** `matching` > `0`",
            "「資料庫連接埠」未顯示正常，且「錯誤」 `matching` > `0`",
        ),
        ("!errors.value.timed_out", "not: **Errors** `timed_out`", "並非：「錯誤」 `timed_out`"),
        (
            '(port.value.open || errors.value.count >= 3) && errors.value.error.matches("a && b")',
            '(**Database port** `open` or **Errors** `count` ≥ `3`) and **Errors** `error` matches `"a && b"`',
            '(「資料庫連接埠」 `open`，或「錯誤」 `count` ≥ `3`)，且「錯誤」 `error` 符合 `"a && b"`',
        ),
        ("value.used_ratio < 0.9", "`used_ratio` < `0.9`", "`used_ratio` < `0.9`"),
        ("errors.value.list.exists(x, x > 1)",) + ("`errors.value.list.exists(x, x > 1)`",) * 2,
    ],
)
def test_conditions_in_words(condition: str, english: str, chinese: str) -> None:
    """What has no words stays as it is."""
    assert spoken.condition(condition, TITLES, "en") == english
    assert spoken.condition(condition, TITLES, "zh-TW") == chinese


def test_one_language_of_a_document(tmp_path: Path) -> None:
    """Headings and links are halved, a column that is a translation is taken or left, Chinese lines are joined."""
    text = """---
title: {en: a, zh-TW: 甲}
---
# 3.1 Logs · 紀錄

Read [the logs · 紀錄](logs.md).

請先閱讀
紀錄。

| Alert | Question | 問題 |
|---|---|---|
| Down | Alive? | 存活？ |
"""
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    said: dict[Language, list[str]] = {}
    languages: tuple[Language, ...] = ("en", "zh-TW")
    for language in languages:
        found = [bilingual.in_language(block, language) for block in blocks(document.read(path))]
        said[language] = [piece for piece in found if piece]
    assert said["en"] == [
        "3.1 Logs",
        "Read [the logs](logs.md).",
        "| Alert | Question |\n| --- | --- |\n| Down | Alive? |",
    ]
    assert said["zh-TW"] == ["3.1 紀錄", "請先閱讀紀錄。", "| Alert | 問題 |\n| --- | --- |\n| Down | 存活？ |"]
