"""The printable manual: whole, in one language."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from tixmaster.oncall.errors import OncallError
from tixmaster.oncall.sop import book, paper
from tixmaster.oncall.sop.library import load
from tixmaster.oncall.sop.prose import Language
from tixmaster.stack.config import SERVICE_NAMES

from .conftest import MANUAL

TODAY = date(2026, 1, 2)
CHINESE = re.compile(r"[\u3400-\u9fff]")


def bound(language: Language) -> book.Book:
    """The shipped manual."""
    return book.bind(load(MANUAL, SERVICE_NAMES), MANUAL, language, TODAY)


def test_each_language_is_alone() -> None:
    """No Chinese in the English one; in the Chinese one every section is there."""
    english, chinese = bound("en"), bound("zh-TW")
    assert not CHINESE.search(english.markdown)
    assert len(CHINESE.findall(chinese.markdown)) > 5000
    assert [item.level for item in english.headings] == [item.level for item in chinese.headings]


@pytest.mark.parametrize("text", ["SOP-MON-001", "2026-01-02", "3.3 ", "HighErrorRate", "pg_isready", "Get-Content"])
def test_everything_is_in_it(text: str) -> None:
    """Number, date, procedures, runbooks, the commands of both shells."""
    assert text in bound("en").markdown


def test_every_link_of_the_page_leads_somewhere() -> None:
    """From the contents to the sections, and between them."""
    page = paper.html(bound("zh-TW"))
    anchors = set(re.findall(r'id="([^"]+)"', page))
    links = {unquote(link) for link in re.findall(r'href="#([^"]+)"', page)}
    assert links
    assert links <= anchors


def test_without_a_browser_it_says_what_to_install(tmp_path: Path) -> None:
    """And writes nothing."""
    with pytest.raises(OncallError, match="apt install chromium"):
        paper.pdf(bound("en"), tmp_path / "book.pdf", browsers=())
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium is not installed")
def test_a_browser_prints_it(tmp_path: Path) -> None:
    """A PDF of many pages."""
    paper.pdf(bound("en"), tmp_path / "book.pdf")
    content = (tmp_path / "book.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 30
