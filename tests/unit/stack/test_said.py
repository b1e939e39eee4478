"""Sentences in both languages: what they are made of, and that none is written in one language only."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

import tixmaster
from tixmaster.stack.said import SYSTEM, Said, in_language, joined, said, system, verbatim

SOURCE = Path(tixmaster.__file__).parent
WIDE = re.compile(r"[\u3400-\u9fff]")
NAMES = re.compile(r"`[^`]*`|\{[^}]*\}|https?://\S+|[\w./*:=\[\]\"-]*[A-Z0-9_./*=\[\]\"][\w./*:=\[\]\"-]*")
"""Code, values, addresses, and words that are names: those with capitals, digits, dots or signs in them."""
ENGLISH = re.compile(r"[a-z]{2,}")
TERMS = frozenset(
    [
        *(
            "chat",
            "completion",
            "context",
            "driver",
            "init",
            "inode",
            "issue",
            "journal",
            "journald",
            "logging",
            "logs",
        ),
        *(
            "manager",
            "masked",
            "max",
            "nvm",
            "online",
            "polkit",
            "project",
            "ripgrep",
            "root",
            "socket",
            "sum",
            "systemd",
        ),
        *("tix", "url", "user", "watchdog", "webhook", "zstd"),
    ]
)
"""Words that Taiwanese engineers write in English, too."""
WITHOUT_WORDS = {"", "Alertmanager", "Prometheus", "[oncall.remedy] policy", "PostgreSQL"}
"""Text written out once that is a name in any language."""


class Sentence(NamedTuple):
    """A pair of texts as it is written in the source, and the names of the values that it is given."""

    place: str
    english: str
    chinese: str
    given: set[str] | None


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """The calls of a function by its bare name in all of the product."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


def text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences() -> Iterator[Sentence]:
    """Every pair of texts that stands in the source: of `said(…)`, with its values, and of `Said(…)`, without."""
    for function in ("said", "Said"):
        for place, call in calls(function):
            texts = [text for node in call.args if (text := text_of(node)) is not None]
            if len(texts) == 2:
                given = {keyword.arg or "" for keyword in call.keywords} if function == "said" else None
                yield Sentence(place, texts[0], texts[1], given)


ALL = list(sentences())
ids = [sentence.place for sentence in ALL]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_many_sentences_were_found() -> None:
    """A test that looks at nothing proves nothing."""
    assert len(ALL) > 300


def test_every_sentence_is_written_out_in_both_languages() -> None:
    """`said` takes two texts, at the call, so that the tests below see all of them."""
    bare = [
        place
        for place, call in calls("said")
        if [text_of(node) for node in call.args].count(None) or len(call.args) != 2
    ]
    assert bare == []


@pytest.mark.parametrize("sentence", ALL, ids=ids)
def test_both_languages_take_the_same_values(sentence: Sentence) -> None:
    """A translation forgets no value and invents none."""
    assert fields(sentence.chinese) == fields(sentence.english)
    assert sentence.given in (None, fields(sentence.english))


@pytest.mark.parametrize("sentence", ALL, ids=ids)
def test_a_chinese_sentence_is_chinese(sentence: Sentence) -> None:
    """No English words are left but names, values, code and what engineers write so."""
    left = {word for word in ENGLISH.findall(NAMES.sub(" ", sentence.chinese)) if word not in TERMS}
    assert not left
    if ENGLISH.search(NAMES.sub(" ", sentence.english)):
        assert WIDE.search(sentence.chinese)


@pytest.mark.parametrize("function", ["Said", "verbatim"])
def test_what_is_the_same_in_both_languages_has_no_words_of_ours(function: str) -> None:
    """Text given once is somebody else's, or figures; a sentence cannot slip through as one."""
    for place, call in calls(function):
        if len(call.args) != 1:
            continue
        parts = [text_of(node) for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)]
        words = [
            part
            for part in parts
            if part and part not in WITHOUT_WORDS and re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", part)
        ]
        assert not words, place


def test_values_stand_in_the_language_of_their_sentence() -> None:
    """A sentence within a sentence is translated with it."""
    inner = said("a restart", "重新啟動")
    outer = said("{what} in {seconds:.1f} s", "{seconds:.1f} 秒內{what}", what=inner, seconds=2)
    assert (str(outer), outer.zh) == ("a restart in 2.0 s", "2.0 秒內重新啟動")


def test_parts_are_joined_by_the_signs_of_each_language() -> None:
    """Chinese has signs of its own."""
    both = joined([said("one", "一"), "two"])
    assert (both, both.zh) == ("one; two", "一；two")


def test_braces_in_values_are_no_places() -> None:
    """What a log line or a query holds is not filled in."""
    assert said("{query} fails", "{query} 失敗", query="up{job='x'}").zh == "up{job='x'} 失敗"


def test_text_of_others_is_the_same_in_both() -> None:
    """A name is a name; what knows its Chinese keeps it."""
    assert verbatim("tixmaster-backend").zh == "tixmaster-backend"
    assert verbatim(said("calm", "平穩")).zh == "平穩"


@pytest.mark.parametrize("phrase", SYSTEM)
def test_what_systems_say_most_often_is_said_in_chinese(phrase: str) -> None:
    """Whether it begins with a capital or not, and with whatever stands around it."""
    words = system(f"[Errno 1] {phrase.lower()}")
    assert str(words) == f"[Errno 1] {phrase.lower()}"
    assert WIDE.search(words.zh)


def test_it_goes_through_a_pickle_and_knows_its_chinese() -> None:
    """Durable runs keep errors that way."""
    kept: Said = pickle.loads(pickle.dumps(said("calm", "平穩")))  # noqa: S301 - our own
    assert (kept, kept.zh) == ("calm", "平穩")


def test_a_language_is_chosen() -> None:
    """What is said in one language is said in any."""
    assert [
        in_language(said("calm", "平穩"), "en"),
        in_language(said("calm", "平穩"), "zh-TW"),
        in_language(3, "zh-TW"),
    ] == [
        "calm",
        "平穩",
        3,
    ]
