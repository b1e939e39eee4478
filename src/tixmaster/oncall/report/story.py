"""The story of an incident: everything that mails, records and pages say of it, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.redact import redact_tree
from tixmaster.oncall.normalize import fit, line
from tixmaster.oncall.remedy import measure
from tixmaster.oncall.report.words import Language, confidence, rounded, say, severity
from tixmaster.oncall.sop.decide import NO_CAUSE
from tixmaster.oncall.store import incidents, timeline
from tixmaster.oncall.store.bilingual import read, told
from tixmaster.oncall.store.timeline import Kind
from tixmaster.stack.monitoring.dashboards import Panel, panels_for, path_to
from tixmaster.stack.said import Said

LONGEST_HEADLINE = 300
LONGEST_CAUSE = 100
LONGEST_BADGE = 40
LONGEST_REASON, MOST_REASONS = 500, 50
"""What a list of a message holds: a tracker takes 32,767 characters in all (Jira), a mail is to be read."""
AROUND = timedelta(minutes=15)
"""How much of the time before and after an incident its dashboard shows."""
STILL_OPEN = timedelta(days=1)
"""How far the dashboard of an open incident reaches; it shows no more than has come to pass."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Rows of the store, by noun, each list in its natural order."""

    incident: dict[str, Any]
    alerts: list[dict[str, Any]]
    alert_count: int
    findings: list[dict[str, Any]]
    artefacts: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    timeline_count: int
    """How many rows there are; `timeline` may hold the newest only."""
    latest: dict[str, dict[str, Any]]
    """The newest timeline row of each kind."""
    ticket: dict[str, Any] | None

    @property
    def name(self) -> str:
        return incidents.name_of(self.incident["number"])

    @property
    def run(self) -> int:
        run: int = self.incident["run"]
        return run

    @property
    def thread(self) -> str:
        """What the Message-IDs of the incident's mails begin with; the same after a crash, another for another INC-1."""
        return f"{self.name}.{self.incident['opened_at']:%Y%m%dT%H%M%S%f}"

    @property
    def paged(self) -> bool:
        """Whether the message that begins the thread is written."""
        return any(item["kind"] == "page" for item in self.deliveries)

    @property
    def mails(self) -> list[dict[str, Any]]:
        """The deliveries that are mails."""
        return [item for item in self.deliveries if item["medium"] == "mail"]

    @property
    def cause_known(self) -> bool:
        return bool(self.causes) and self.causes[0]["id"] != NO_CAUSE

    def contradictions(self, language: Language) -> list[str]:
        """What speaks against the first cause."""
        return _listed(self.causes[0], "contradicts", language) if self.causes else []

    def confidence(self, language: Language) -> str:
        """How sure the first cause is, and what that is counted from."""
        return confidence(self.causes[0], language)

    @property
    def action(self) -> dict[str, Any] | None:
        """The newest action."""
        return self.actions[-1] if self.actions else None

    @property
    def measured(self) -> dict[str, Said] | None:
        """The figures `before` and `after` the newest action, in words; None where there are none to compare."""
        figures = [self.action[when] for when in ("before", "after")] if self.action else []
        if not all(figures) or not figures:
            return None
        before, after = (measure.told([msgspec.convert(one, measure.Reading) for one in items]) for items in figures)
        return {"before": before, "after": after}

    @property
    def recovered_at(self) -> datetime:
        """When the trouble ended: the last alert's end, else when on-call heard of it, else when it was closed."""
        ends: list[datetime] = [item["ends_at"] for item in self.alerts if item["ends_at"]]
        if ends and len(ends) == self.alert_count:
            return max(ends)
        moments: list[datetime | None] = [self.incident["resolved_at"], self.incident["closed_at"]]
        opened_at: datetime = self.incident["opened_at"]
        return next((moment for moment in moments if moment), opened_at)

    def cause_title(self, language: Language) -> str:
        """The first cause in words; says so where there is none yet."""
        title: str = self.causes[0]["title"][language] if self.causes else "…"
        return fit(line(title), LONGEST_CAUSE, chinese=language == "zh-TW")

    def cause_surely(self, language: Language) -> str:
        """The first cause with how sure it is."""
        if not self.cause_known:
            return self.cause_title(language)
        return say("surely", language, cause=self.cause_title(language), confidence=self.confidence(language))

    def title(self, language: Language) -> str:
        """What the alert says, figures rounded; in Chinese where the alert speaks it."""
        return fit(line(rounded(told(self.incident, "title", language))), LONGEST_HEADLINE, chinese=language == "zh-TW")

    def headline(self, language: Language, most: int = LONGEST_HEADLINE) -> str:
        """What, and, where it is known, why, in at most `most` characters. A long title is cut, not the cause."""
        chinese = language == "zh-TW"
        why = f"{'：' if chinese else ': '}{self.cause_title(language)}" if self.cause_known else ""
        return fit(self.title(language), max(most - len(why), most // 2), chinese=chinese) + why[: most // 2]

    def reasons(self, language: Language) -> list[str]:
        """Why the first cause is thought to be it."""
        return _listed(self.causes[0], "because", language) if self.causes else []

    @property
    def telling_panel(self) -> Panel:
        """The panel that shows the alert's damage."""
        return panels_for(self.incident["alertname"])[0]

    @property
    def dashboard_path(self) -> str:
        """That panel in the console, from its root on, over the incident's time and a while around it."""
        start: datetime = self.incident["started_at"]
        if self.incident["state"] not in ("resolved", "closed"):
            return path_to(self.telling_panel, start=start - AROUND, end=start + STILL_OPEN)
        return path_to(self.telling_panel, start=start - AROUND, end=self.recovered_at + AROUND)

    def annotation(self, name: str) -> str | None:
        """An annotation of the first alert that has it."""
        return next((item["annotations"][name] for item in self.alerts if item["annotations"].get(name)), None)

    def taken(self, kind: str) -> list[dict[str, Any]]:
        """The artefacts of a kind that were taken."""
        return [item for item in self.artefacts if item["kind"] == kind and item["status"] == "ok"]

    @property
    def recovered(self) -> bool:
        """Whether it is over and was not opened again since."""
        ended, again = self.latest.get("recovered"), self.latest.get("reopened")
        return ended is not None and (again is None or bool(again["id"] < ended["id"]))

    def said(self, kind: Kind) -> Said | None:
        """The newest timeline text of a kind."""
        return read(self.latest[kind], "text") if kind in self.latest else None


def title_of(
    story: Story, what: str, language: Language, most: int, *, state: str | None = None, drill: bool = True
) -> str:
    """The title of a message, on one line in at most `most` characters: `[drill] [critical] what happened (INC-42)`. Only
    what happened is cut, so that badges and number stay."""
    drilled = f"[{say('badge-drill', language)}] " if drill and story.incident["drill"] else ""
    badge = fit(severity(state or story.incident["severity"], language), LONGEST_BADGE)
    before, after = f"{drilled}[{badge}] ", f" ({story.name})"
    return before + fit(line(what), most - len(before) - len(after), chinese=language == "zh-TW") + after


def _listed(row: dict[str, Any], name: str, language: Language) -> list[str]:
    """The texts of a list in a row, as long as people read."""
    return [fit(text, LONGEST_REASON, chinese=language == "zh-TW") for text in told(row, name, language)[:MOST_REASONS]]


def tell(desk: Desk, number: int, newest: int | None = None) -> Story:
    """Reads the story, its timeline whole or of the `newest` rows only; raises `UnknownIncidentError`."""
    with desk.database.read() as connection:
        incident = incidents.get(connection, number)
        return Story(
            incident=incident,
            alerts=incidents.alerts(connection, number),
            alert_count=incidents.alert_count(connection, number),
            findings=incidents.findings(connection, number, incident["run"]),
            artefacts=incidents.artefacts(connection, number),
            causes=incidents.causes(connection, number, incident["run"]),
            actions=incidents.actions(connection, number),
            deliveries=incidents.deliveries(connection, number),
            timeline=timeline.of_incident(connection, number, newest),
            timeline_count=timeline.count(connection, number),
            latest=timeline.latest(connection, number),
            ticket=incidents.ticket_of(connection, number),
        )


def outward(story: Story) -> Story:
    """The story as it may leave the machine: what services, alerts and people wrote, redacted."""
    return replace(
        story,
        **{
            name: redact_tree(getattr(story, name))
            for name in ("incident", "alerts", "findings", "artefacts", "causes", "actions", "timeline", "latest")
        },
    )
