"""The words of the pages in the two languages, a module a page, and which of the two a visitor reads."""

from __future__ import annotations

from typing import Final

from tixmaster.boxoffice.storefront.words import account, administrator, events, every_page, gate, order, organizer
from tixmaster.boxoffice.storefront.words import problems as problem_pages

Words = dict[str, str]

PAGES: Final = (every_page, account, events, order, problem_pages, organizer, gate, administrator)

ENGLISH: Final[Words] = {word: both[0] for page in PAGES for word, both in page.WORDS.items()}
CHINESE: Final[Words] = {word: both[1] for page in PAGES for word, both in page.WORDS.items()}
LANGUAGES: Final = {"en": ENGLISH, "zh-TW": CHINESE}


def refusal(message: str, words: Words) -> str:
    """What the box office says, in the reader's language; empty where there is no Chinese for it."""
    return message if words is ENGLISH else problem_pages.REFUSALS.get(message, "")


def words_for(accept_language: str) -> Words:
    """The language that the browser asks for first, of the two that there are."""
    wishes = [part.partition(";") for part in accept_language.lower().split(",")]
    ranked = sorted(wishes, key=lambda wish: -_weight(wish[2]))
    for tag, _, _ in ranked:
        if tag.strip().startswith("zh"):
            return CHINESE
        if tag.strip().startswith("en"):
            return ENGLISH
    return ENGLISH


def _weight(parameter: str) -> float:
    """The `q=0.8` of RFC 9110, 12.4.2; 1 without one."""
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
