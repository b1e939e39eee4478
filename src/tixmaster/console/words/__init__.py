"""The words of the pages in the two languages, a module a page.

What mails and records say too stands in `oncall/report/words.py`.
"""

from __future__ import annotations

from tixmaster.console.words import (
    act,
    alerts,
    dashboards,
    drills,
    every_page,
    evidence,
    incident,
    incidents,
    lines,
    login,
    mails,
    manual,
    now,
    postmortem,
    problems,
    settings,
)
from tixmaster.oncall.report.words import WORDS as SHARED
from tixmaster.oncall.report.words import Language
from tixmaster.stack.said import in_language

PAGES = (
    every_page,
    login,
    problems,
    now,
    alerts,
    drills,
    incidents,
    incident,
    evidence,
    postmortem,
    manual,
    dashboards,
    lines,
    mails,
    settings,
    act,
)

WORDS: dict[str, dict[Language, str]] = SHARED | {
    word: {"en": english, "zh-TW": chinese} for page in PAGES for word, (english, chinese) in page.WORDS.items()
}


def say(word: str, language: Language, **values: object) -> str:
    """The phrase in the language, with its values filled in; raises `KeyError` for a phrase that is not here."""
    return WORDS[word][language].format(**{name: in_language(value, language) for name, value in values.items()})


def term(kind: str, value: str, language: Language) -> str:
    """The word for a value of a closed set (`severity`, `state`…); the value itself where the set does not know it."""
    known = WORDS.get(f"{kind}-{value}")
    return known[language] if known else value
