"""The graph of an incident: what broke, orders and latency on one time axis, with start, alerts and actions marked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, QueryParameter

from tixmaster.console.dashboards.period import LONGEST, SHORTEST, period_of
from tixmaster.console.dashboards.routes import ReaderHere
from tixmaster.console.rendering import language_of
from tixmaster.console.words import WORDS, say
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report.story import Story, tell
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.store.incidents import number_of
from tixmaster.stack.monitoring.dashboards import Panel, overview

SIGNALS: tuple[Panel, ...] = (overview.ERROR_RATIO, overview.ORDERS, overview.LATENCY)
"""Whatever the alert is about, these say what it means for those who buy."""
SHORTEST_LEAD, LONGEST_LEAD = timedelta(minutes=2), timedelta(minutes=30)
SPOKEN_BY_BROWSER = ("boards-", "mark-", "unit-", "graph-")
MOST_ALERTS = 3
"""Marks of a storm would hide the lines."""


def panels_of(story: Story) -> tuple[Panel, ...]:
    """The alert's own panel first, unless it is one of the signals."""
    own = story.telling_panel
    return SIGNALS if own in SIGNALS else (own, *SIGNALS)


def spoken_words(language: Language) -> str:
    """What the graphs say by themselves, as JSON; `{…}` are filled in by the browser."""
    spoken = {word: WORDS[word][language] for word in WORDS if word.startswith(SPOKEN_BY_BROWSER)}
    return msgspec.json.encode(spoken).decode()


def over(story: Story) -> bool:
    """Whether the trouble has ended, so that nothing more is to come."""
    return story.incident["state"] in ("resolved", "closed")


def around(desk: Desk, story: Story) -> tuple[datetime, datetime]:
    """From a while before the trouble to a while after it, at the latest now; the end of it where it lasts for weeks."""
    start, now = story.incident["started_at"], desk.now()
    end = story.recovered_at if over(story) else now
    lead = min(max((end - start) * 0.5, SHORTEST_LEAD), LONGEST_LEAD)
    last = min(end + lead, now) if over(story) else now
    first = max(start - lead, last - LONGEST)
    return first, max(last, first + 2 * SHORTEST)


def marks_of(desk: Desk, story: Story, language: Language) -> list[dict[str, Any]]:
    """The trouble as a span; its alerts and what was done as moments, each with its word."""
    row = story.incident
    end = story.recovered_at if over(story) else desk.now()
    found = [_mark("incident", say("graph-start", language), row["started_at"], end)]
    firsts: dict[str, datetime] = {}
    for item in story.alerts:
        firsts[item["alertname"]] = min(item["starts_at"], firsts.get(item["alertname"], item["starts_at"]))
    for alertname, at in sorted(firsts.items(), key=lambda pair: pair[1])[:MOST_ALERTS]:
        found.append(_mark("alert", say("graph-alert", language, alert=alertname), at))
    for item in story.actions:
        if item["started_at"]:
            found.append(_mark("restart", item["command"], item["started_at"]))
    if over(story):
        found.append(_mark("over", say("graph-over", language), end))
    return found


def _mark(kind: str, text: str, start: datetime, end: datetime | None = None) -> dict[str, Any]:
    to = end.timestamp() if end else None
    return {"kind": kind, "text": text, "label": text, "from": start.timestamp(), "to": to, "href": None}


@get("/incidents/{name:str}/graph", sync_to_thread=True)
def graph(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    reader: ReaderHere,
    name: FromPath[str],
    start: Annotated[str | None, QueryParameter(name="from")] = None,
    end: Annotated[str | None, QueryParameter(name="to")] = None,
) -> dict[str, Any]:
    """What the incident's panels show around it, or between `from` and `to`, as JSON; asked of Prometheus now."""
    desk, language = oncall.desk, language_of(request)
    story = tell(desk, number_of(name), newest=0)
    first, last = around(desk, story)
    wanted = (start, end) if start and end else (first.isoformat(), last.isoformat())
    period = period_of(desk.now(), None, *wanted)
    found = reader.look(None, panels_of(story), period, language, desk.now())
    return {
        "from": period.times[0],
        "to": period.times[-1],
        "step": period.step,
        **found,
        "marks": marks_of(desk, story, language),
    }


HANDLERS = (graph,)
