"""The words of the page, in both languages."""

from __future__ import annotations

from typing import Final

Words = dict[str, str]

ENGLISH: Final[Words] = {
    "lang": "en",
    "title": "TixMaster: tickets for what is on",
    "heading": "What is on",
    "empty": "Nothing is on sale right now. Please come back soon.",
}
CHINESE: Final[Words] = {
    "lang": "zh-Hant-TW",
    "title": "TixMaster 售票：近期活動",
    "heading": "近期活動",
    "empty": "目前沒有販售中的活動，請稍後再來。",
}


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
