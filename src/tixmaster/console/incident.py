"""What the page of an incident shows beyond the story itself: what waits, what is left of the budget, what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar.exceptions import HTTPException
from markupsafe import escape

from tixmaster.console import accounts, graphs
from tixmaster.console.evidence import files, pages
from tixmaster.oncall import views
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.diagnosis import LEAST_CHANCE, MOST_CHANGES
from tixmaster.oncall.evidence.first_change import Change, FirstChange
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.normalize import fit
from tixmaster.oncall.report.mail import MARKS
from tixmaster.oncall.report.story import Story, tell
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.bilingual import read
from tixmaster.stack.monitoring.dashboards import Panel
from tixmaster.stack.said import Said, Tongue

SIGNATURES_SHOWN = 8
ALERTS_BYTES, TIMELINE_BYTES, ROW_BYTES = 80_000, 120_000, 100
"""What alerts and timeline may take of a page, which is to stay below 300 kB, and what the markup of a row takes."""
LONGEST_VALUE, LONGEST_STEP_VALUE = 1_000, 4_000
DESCRIPTIONS = 5
MOST_OTHERS = 50
WAITING = "·"
LOOKED_AT = ("signatures", "log-excerpt", "panel")
"""The kinds of evidence that prove a cause at a glance; the numbers and the raw answers are in the full list."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the runbook as it stands: carried out, or still to come (status `waiting`)."""

    key: str
    title: dict[str, str]
    status: str
    reason: Said
    seconds: float | None
    value: str

    @property
    def mark(self) -> str:
        return MARKS.get(self.status, WAITING)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How many restarts of the service are left."""

    left: int
    total: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class View:
    """The story with what the page adds to it."""

    story: Story
    now: datetime
    steps: list[Step]
    graphs: list[dict[str, Any]]
    signatures: list[dict[str, Any]]
    log: str | None
    """The artefact that holds the lines of the signatures."""
    changed: list[Change]
    budget: Budget | None
    guards: list[dict[str, Any]]
    """What stands for and against the act that waits for an answer: `{reason, objection}`, as in a dry run."""
    others: list[dict[str, Any]]
    """The other incidents that are not closed: those that it can be merged into."""
    people: list[str]
    record: str | None
    panels: tuple[Panel, ...]
    whole: bool
    """Whether all of the timeline is wanted, however long the page becomes."""

    @property
    def state(self) -> str:
        """`open`, `acknowledged`, `resolved` or `closed`."""
        row = self.story.incident
        return "acknowledged" if row["state"] == "open" and row["acknowledged_at"] else str(row["state"])

    @property
    def over(self) -> bool:
        return self.state == "closed"

    @property
    def ended_at(self) -> datetime | None:
        """When the trouble ended; None while it lasts."""
        return self.story.recovered_at if self.state in ("resolved", "closed") else None

    @property
    def investigating(self) -> bool:
        row = self.story.incident
        return bool(row["run_ended"] < row["run"]) and not self.story.causes and not self.over

    @property
    def acknowledged_by(self) -> str | None:
        row = self.story.latest.get("acknowledged")
        return str(row["by"]) if row else None

    def alerts(self) -> list[dict[str, Any]]:
        """The first alerts, as many as a page has room for, each with `pairs`: its labels and annotations, cut."""
        shown: list[dict[str, Any]] = []
        room = ALERTS_BYTES
        for item in self.story.alerts:
            pairs = [*sorted(item["labels"].items()), *sorted(item["annotations"].items())]
            pairs = [(name, fit(value, LONGEST_VALUE)) for name, value in pairs]
            room -= sum(_bytes(name) + _bytes(value) + ROW_BYTES for name, value in pairs) + ROW_BYTES
            if room < 0:
                break
            shown.append(item | {"pairs": pairs})
        return shown

    def rows(self) -> list[dict[str, Any]]:
        """The timeline, oldest first: all of it, or the newest rows that a page has room for."""
        if self.whole:
            return self.story.timeline
        shown: list[dict[str, Any]] = []
        room = TIMELINE_BYTES
        for row in reversed(self.story.timeline):
            room -= max(_bytes(row["text"]), _bytes(row["text_zh"])) + ROW_BYTES
            if room < 0:
                break
            shown.append(row)
        return shown[::-1]

    def descriptions(self, language: Tongue) -> list[str]:
        """What the first alerts say of themselves, each once."""
        names = ("description_zh", "description") if language == "zh-TW" else ("description",)
        said = (next(filter(None, map(item["annotations"].get, names)), None) for item in self.story.alerts)
        return [fit(text, LONGEST_VALUE) for text in list(dict.fromkeys(text for text in said if text))[:DESCRIPTIONS]]

    def because(self) -> list[Step]:
        """The steps that the first cause rests on."""
        named = self.story.causes[0]["steps"] if self.story.causes else []
        return [step for step in self.steps if step.key in named]

    def proofs(self) -> list[dict[str, Any]]:
        """The artefacts that the first cause cites, those that people look at."""
        cited = self.story.causes[0]["evidence"] if self.story.causes else []
        return [item for kind in LOOKED_AT for item in self.story.taken(kind) if item["id"] in cited]


def look_at(desk: Desk, number: int, rows: int | None = None) -> View:
    """The view of an incident as it is now, with its newest `rows` of the timeline or all; raises `UnknownIncidentError`."""
    story = tell(desk, number, rows)
    folder = record_folder(desk, story.name)
    return View(
        story=story,
        now=desk.now(),
        steps=_steps(desk, story),
        graphs=[item for item in story.taken("panel") if item["run"] == _newest_run(story, "panel")],
        signatures=_signatures(desk, story),
        log=_log(story),
        changed=_changed(desk, story),
        budget=_budget(desk, story),
        guards=_guards(desk, story),
        others=_others(desk, story),
        people=accounts.acting(desk),
        record=str(folder) if folder.is_dir() else None,
        panels=graphs.panels_of(story),
        whole=rows is None,
    )


def _bytes(text: str) -> int:
    """What a text takes in a page."""
    return len(str(escape(text)).encode())


def _steps(desk: Desk, story: Story) -> list[Step]:
    """What was found, then, while the investigation goes on, what is still to come."""
    found = [
        Step(
            key=item["key"],
            title=item["title"],
            status=item["status"],
            reason=read(item, "reason").map(lambda text: fit(text, LONGEST_VALUE)),
            seconds=item["seconds"],
            value=_shown(item["value"]),
        )
        for item in story.findings
    ]
    if story.incident["run_ended"] >= story.run or story.incident["state"] == "closed":
        return found
    known = {step.key for step in found}
    return found + [
        Step(key=step.id, title=step.title.both(), status="waiting", reason=Said(""), seconds=None, value="")
        for step in desk.library.runbook_for(story.incident["alertname"], story.incident["service"]).steps
        if step.id not in known
    ]


def _shown(value: Any) -> str:
    """What a step measured, as JSON that people read."""
    return fit(msgspec.json.format(msgspec.json.encode(value)).decode(), LONGEST_STEP_VALUE) if value else ""


def _newest_run(story: Story, kind: str) -> int:
    """The newest run that has artefacts of the kind: a new one begins without, and the page keeps the old till then."""
    return max((item["run"] for item in story.taken(kind)), default=story.run)


def _signatures(desk: Desk, story: Story) -> list[dict[str, Any]]:
    """The error signatures of the newest run that has them, the most frequent first."""
    rows = pages.signatures_of(desk, story, _newest_run(story, pages.SIGNATURES))
    return sorted(rows, key=lambda row: -row["count"])[:SIGNATURES_SHOWN]


def _log(story: Story) -> str | None:
    run = _newest_run(story, pages.SIGNATURES)
    return next((str(item["id"]) for item in story.taken(pages.LOG) if item["run"] == run), None)


def _changed(desk: Desk, story: Story) -> list[Change]:
    """The metrics that most probably changed first, the likeliest first; none where that was not found out."""
    taken = story.taken("first-change")
    try:
        found = msgspec.json.decode(files.read(desk, story.name, taken[-1]), type=FirstChange) if taken else None
    except (HTTPException, msgspec.MsgspecError):
        return []
    likely = [one for one in found.changes if one.first >= LEAST_CHANCE] if found else []
    return sorted(likely, key=lambda one: (-one.first, one.at))[:MOST_CHANGES]


def _guards(desk: Desk, story: Story) -> list[dict[str, Any]]:
    if story.action is None or story.action["state"] != "proposed":
        return []
    guards: list[dict[str, Any]] = views.plan(desk, story.incident["number"]).get("guards", [])
    return guards


def _others(desk: Desk, story: Story) -> list[dict[str, Any]]:
    if story.incident["state"] == "closed":
        return []
    with desk.database.read() as connection:
        rows = incidents.newest(connection, ("open", "resolved"), MOST_OTHERS)
    own = story.incident["number"]
    return [{"id": incidents.name_of(row["number"]), "title": row["title"]} for row in rows if row["number"] != own]


def _budget(desk: Desk, story: Story) -> Budget | None:
    """The budget of the service that the newest action is for."""
    if story.action is None:
        return None
    rule = desk.config.oncall.remedy.budget
    with desk.database.read() as connection:
        used = incidents.restarts_since(
            connection, story.action["service"], desk.now() - timedelta(minutes=rule.minutes)
        )
    return Budget(left=max(rule.restarts - used, 0), total=rule.restarts, minutes=rule.minutes)
