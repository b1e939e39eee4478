"""The words of the pages, who looks at an event, and the steps of a chart."""

from __future__ import annotations

import re
from datetime import timedelta
from string import Formatter

import pytest

from tixmaster.boxoffice.events import viewers
from tixmaster.boxoffice.events.viewers import Viewers, again_in
from tixmaster.boxoffice.organizers.course import MOST_STEPS, STEPS, step_for
from tixmaster.boxoffice.reservation.codes import TICKET, code, typed
from tixmaster.boxoffice.reservation.request import Outcome
from tixmaster.boxoffice.storefront.rendering import HERE
from tixmaster.boxoffice.storefront.words import CHINESE, ENGLISH, PAGES


@pytest.mark.parametrize("word", ENGLISH)
def test_both_languages_take_the_same_values(word: str) -> None:
    """A translation forgets no value and invents none."""
    english, chinese = (
        {name for _, name, _, _ in Formatter().parse(words[word]) if name} for words in (ENGLISH, CHINESE)
    )
    assert english == chinese
    assert CHINESE[word]


def test_no_word_stands_on_two_pages() -> None:
    """Each phrase has one place."""
    words = [word for page in PAGES for word in page.WORDS]
    assert sorted(words) == sorted(set(words))


def test_every_word_of_a_template_exists_and_is_used() -> None:
    """A page cannot fail for a phrase that nobody wrote; none is kept that no page says."""
    templates = [path.read_text(encoding="utf-8") for path in (HERE / "templates").rglob("*.j2")]
    used = {word for text in templates for word in re.findall(r"\bwords\.(\w+)", text)} - {"get"}
    assert used <= set(ENGLISH)
    code_of_pages = "".join(
        path.read_text(encoding="utf-8") for path in HERE.rglob("*.py") if path.parent.name != "words"
    )
    made_up = (
        "status_",
        "ended_",
        "ticket_",
        "problem_",
        "do_",
        "wrong_",
        "gate_",
        "event_",
        "role_",
        "flag_",
        "did_",
        "no_code_",
    )
    unsaid = {
        word
        for word in set(ENGLISH) - used
        if not word.startswith(made_up) and f'"{word}"' not in code_of_pages + "".join(templates)
    }
    assert unsaid == set()


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome not in (Outcome.SOLD, Outcome.REPLAYED)])
def test_a_refusal_with_a_heading_says_what_to_do(outcome: Outcome) -> None:
    """Both words or neither."""
    assert (f"problem_{outcome}" in ENGLISH) == (f"do_{outcome}" in ENGLISH)


def test_a_page_counts_once_and_is_forgotten_when_it_stops_asking() -> None:
    """Half a turn late is too late."""
    clock = [0.0]
    seen = Viewers(lambda: clock[0]).seen
    assert [seen(1, "a"), seen(1, "a"), seen(1, "b"), seen(2, "a")] == [1, 1, 2, 1]
    clock[0] = 9
    assert seen(1, "b") == 2
    clock[0] = 15.5
    assert seen(1, "b") == 1


def test_many_pages_ask_less_often_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty times a second for all together."""
    assert [again_in(pages) for pages in (1, 200, 1000, 5000)] == [10, 10, 50, 120]
    monkeypatch.setattr(viewers, "MOST_PAGES", 3)
    monkeypatch.setattr(viewers, "MOST_EVENTS", 2)
    seen = Viewers(lambda: 0.0).seen
    assert [seen(1, name) for name in "abcde"] == [1, 2, 3, 3, 3]
    assert [seen(2, "a"), seen(3, "a"), seen(1, "e")] == [1, 1, 1]


@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_chart_has_steps_enough_and_not_too_many(step: timedelta) -> None:
    """The shortest step of which all fit."""
    assert step_for(step * (MOST_STEPS - 1)) == step
    assert step_for(step * MOST_STEPS) > step


def test_a_code_is_read_as_people_type_it() -> None:
    """What cannot be one stays as it is."""
    known = code(TICKET)
    for written in (known, known.lower(), known[3:], f" {known[3:11]} {known[11:]} ", known.replace("0", "O")):
        assert typed(written, TICKET) == known
    assert typed(" nonsense ", TICKET) == "nonsense"
