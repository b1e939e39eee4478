"""The words of the pages."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from tixmaster.console.login import local
from tixmaster.console.rendering import HERE
from tixmaster.console.words import PAGES, WORDS, term


@pytest.mark.parametrize("word", WORDS)
def test_both_languages_take_the_same_values(word: str) -> None:
    """A translation forgets no value and invents none, except where the English row needs no words at all."""
    english, chinese = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in WORDS[word].values())
    assert chinese <= english
    assert WORDS[word]["zh-TW"] or not WORDS[word]["en"]


def test_no_word_stands_on_two_pages() -> None:
    """Each phrase has one place, so that a change of it is one change."""
    words = [word for page in PAGES for word in page.WORDS]
    assert sorted(words) == sorted(set(words))


def test_every_word_of_a_template_exists() -> None:
    """A page cannot fail for a phrase that nobody wrote."""
    for template in (HERE / "templates").iterdir():
        for word in re.findall(r'say\("([\w-]+)"[,)]', template.read_text(encoding="utf-8")):
            assert word in WORDS, f"{template.name}: {word}"


def test_a_value_that_is_not_known_is_shown_as_it_is() -> None:
    """Severities are labels, and labels are free text."""
    assert term("severity", "page-the-ceo", "en") == "page-the-ceo"


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example", "", "x", "/a\nb"])
def test_an_address_that_could_lead_elsewhere_is_the_front_page(address: str) -> None:
    """Only our own paths are gone on to."""
    assert local(address) == "/"
