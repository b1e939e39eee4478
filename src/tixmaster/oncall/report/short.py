"""The short texts for chat: state, what, cause, since, what next, and the link; a telephone shows them whole."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.person import who
from tixmaster.oncall.report.chat import Mood, Text
from tixmaster.oncall.report.story import Story, title_of
from tixmaster.oncall.report.words import Language, clock, say, span
from tixmaster.oncall.store.bilingual import told

LONGEST_TITLE = 200
LONGEST_LINE = 300
MOODS: dict[str, Mood] = {"critical": "failure", "warning": "warning"}


def page(desk: Desk, story: Story, language: Language) -> Text:
    """What broke, why, and what happens next."""
    lines = [*_cause(story, language), _since(desk, story, language), next_step(story, language)]
    return _text(desk, story, language, story.incident["severity"], story.title(language), lines)


def needed(desk: Desk, story: Story, language: Language, action: dict[str, Any]) -> Text:
    """The remedy did not help."""
    lines = [told(action, "result", language), *_cause(story, language), _since(desk, story, language)]
    return _text(desk, story, language, story.incident["severity"], say("still-broken", language), lines)


def escalated(desk: Desk, story: Story, language: Language, minutes: float) -> Text:
    """Nobody has said that they are on it."""
    waiting = say("unacknowledged", language, minutes=f"{minutes:g}", incident=story.name)
    title = say("escalated-title", language, what=story.title(language))
    return _text(
        desk,
        story,
        language,
        story.incident["severity"],
        title,
        [waiting, *_cause(story, language), _since(desk, story, language)],
    )


def recovered(desk: Desk, story: Story, language: Language) -> Text:
    """It is over."""
    lines = [over(story, language), *_cause(story, language)]
    return _text(desk, story, language, "resolved", story.title(language), lines)


def next_step(story: Story, language: Language) -> str:
    """What on-call does now, or waits for."""
    action = story.action
    if action and action["state"] == "proposed":
        return say("proposed", language, command=action["command"], incident=story.name)
    if action and action["state"] in ("approved", "running", "done"):
        return say("approved", language, command=action["command"], by=who(action["decided_by"]))
    return say("nothing", language, reason=story.said("remedy-withheld") or say("no-remedy", language))


def over(story: Story, language: Language) -> str:
    """When it recovered, after what, and how long it took."""
    known = {
        "at": clock(story.recovered_at),
        "span": span(story.incident["started_at"], story.recovered_at, language),
    }
    if story.action and story.action["state"] == "done":
        return say("recovered-after", language, command=story.action["command"], **known)
    return say("recovered-alone", language, **known)


def _cause(story: Story, language: Language) -> list[str]:
    return [say("cause-was", language, cause=story.cause_surely(language))] if story.causes else []


def _since(desk: Desk, story: Story, language: Language) -> str:
    started = story.incident["started_at"]
    return say("since", language, at=clock(started), span=span(started, desk.now(), language))


def _text(desk: Desk, story: Story, language: Language, state: str, title: str, lines: list[str]) -> Text:
    body = "\n".join([*(shorten(line, LONGEST_LINE, placeholder=" …") for line in lines), desk.console_url(story.name)])
    mood: Mood = "success" if state == "resolved" else MOODS.get(state, "info")
    return Text(title=title_of(story, title, language, LONGEST_TITLE, state=state), body=body, mood=mood)
