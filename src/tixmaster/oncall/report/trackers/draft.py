"""What the issue of an incident says: the story in short, the first errors, and whom it is for."""

from __future__ import annotations

from typing import Any

import msgspec

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import record_folder
from tixmaster.oncall.normalize import fit
from tixmaster.oncall.person import who
from tixmaster.oncall.report.short import next_step
from tixmaster.oncall.report.story import LONGEST_REASON, Story, title_of
from tixmaster.oncall.report.trackers.kinds import KINDS
from tixmaster.oncall.report.trackers.owners import owners_of
from tixmaster.oncall.report.trackers.text import Block, Bullets, Code, Draft, Heading, Link, Owners, Paragraph
from tixmaster.oncall.report.words import Language, clock, say, severity, span
from tixmaster.oncall.store.bilingual import told
from tixmaster.stack.config import Tracker
from tixmaster.stack.said import in_language

EXCERPT_LINES, EXCERPT_WIDTH = 12, 400
MARKS = {"ok": "✓", "failed": "✗", "skipped": "–", "error": "!"}


def mark_of(story: Story, what: str) -> str:
    """The mark of an issue or comment: no other incident of any installation has the same."""
    return f"tixmaster:{story.thread}:{what}"


def issue(desk: Desk, story: Story, settings: Tracker) -> Draft:
    """The issue; `story` is the outward one."""
    language = desk.config.oncall.language
    blocks: list[Block] = [Paragraph(_opening(desk, story, language))]
    if owners := owners_of(desk.config, story.incident["service"]):
        blocks.append(Owners(say("owners", language), owners))
    blocks.append(Heading(say("cause-was", language, cause=story.cause_surely(language))))
    if reasons := story.reasons(language):
        blocks.append(Bullets(reasons))
    blocks += [Heading(say("next", language)), Paragraph(next_step(story, language))]
    if story.findings:
        steps = [
            f"{MARKS[item['status']]} {item['title'][language]}: {fit(told(item, 'reason', language), LONGEST_REASON)}"
            for item in story.findings
        ]
        blocks += [Heading(say("steps", language)), Bullets(steps)]
    if excerpt := _excerpt(desk, story):
        blocks += [Heading(say("excerpt", language)), Code(excerpt)]
    if not KINDS[settings.kind].takes_files:
        blocks.append(Paragraph(say("not-attached", language)))
    blocks.append(Link(f"{say('incident', language)} {story.name}", desk.console_url(story.name)))
    title = title_of(story, story.headline(language), language, KINDS[settings.kind].longest_title, drill=False)
    return Draft(title=title, blocks=blocks, mark=mark_of(story, "issue"))


def comment(story: Story, rows: list[dict[str, Any]], language: Language) -> Draft:
    """What happened since the last comment."""
    items = [
        f"{clock(row['at'])} {fit(told(row, 'text', language), LONGEST_REASON)}"
        + (f" ({in_language(who(row['by']), language)})" if row["by"] != "oncall" else "")
        for row in rows
    ]
    blocks: list[Block] = [Heading(say("news", language)), Bullets(items)]
    return Draft(title="", blocks=blocks, mark=mark_of(story, f"until-{rows[-1]['id']}"))


def evidence(story: Story, language: Language) -> Draft:
    """The words that go with the file."""
    return Draft(title="", blocks=[Heading(say("evidence", language))], mark=mark_of(story, f"evidence-{story.run}"))


def encode(draft: Draft) -> bytes:
    return msgspec.json.encode(draft)


def decode(body: bytes) -> Draft:
    return msgspec.json.decode(body, type=Draft)


def _opening(desk: Desk, story: Story, language: Language) -> str:
    row = story.incident
    since = say("since", language, at=clock(row["started_at"]), span=span(row["started_at"], desk.now(), language))
    opening = say("since-what", language, since=since, what=story.title(language))
    return f"{opening} {row['alertname']}, {row['service']}, {severity(row['severity'], language)}"


def _excerpt(desk: Desk, story: Story) -> str:
    """The first lines of the error log as evidence holds them, which is redacted."""
    for item in story.taken("log-excerpt"):
        if item["run"] == story.run:
            text = (record_folder(desk, story.name) / item["path"]).read_text(encoding="utf-8", errors="replace")
            return "\n".join(line[:EXCERPT_WIDTH] for line in text.splitlines()[:EXCERPT_LINES])
    return ""
