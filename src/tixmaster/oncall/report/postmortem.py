"""The draft of a post-mortem: what the timeline knows, and questions for what only people know.

A person's text is never touched: a draft ends with the SHA-256 of what stands above it, and as long as that is true nobody
has changed the file, and it may be written again. Whoever writes takes the state's turn for it, so that a draft cannot
replace what a person saves in that moment, nor one person's text another's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import PostMortemChangedError
from tixmaster.oncall.evidence.locker import record_folder, write_file
from tixmaster.oncall.person import who
from tixmaster.oncall.report.story import Story, outward, tell
from tixmaster.oncall.report.words import Language, clock, day_and_clock, say, severity, span
from tixmaster.oncall.store import audit, incidents, timeline
from tixmaster.oncall.store.bilingual import told
from tixmaster.stack.said import in_language

_SEAL = re.compile(r"<!-- draft (?P<digest>[0-9a-f]{64}) -->\n\Z")
DRAFT = "draft"
MOST_ROWS = 200
"""Of the timeline in a draft; of more, the first half and the last. All of them are in the record's `timeline.json`."""
LEFT_OUT: tuple[timeline.Kind, ...] = ("step", "evidence", "mail-written", "webhook-received", "runbook", "close-waits")
"""Rows that say how on-call worked, not what happened."""

_templates = Environment(
    loader=PackageLoader("tixmaster.oncall.report"),
    autoescape=False,  # noqa: S701 - a post-mortem is Markdown, not HTML
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, kw_only=True)
class PostMortem:
    """The text as it stands, where it is or would be kept, and whether a person has changed it."""

    text: str
    path: Path
    edited: bool
    version: str
    """What an editor goes out from: the SHA-256 of a person's text. Drafts are all one version: they are nobody's words."""


def keep(desk: Desk, story: Story) -> None:
    """Writes the draft in both languages, where nobody has made it theirs."""
    for language in get_args(Language):
        path = path_of(desk, story.name, language)
        text = _sealed(draft(desk, story, language))
        with desk.database.write():
            if not path.exists() or _is_draft(path):
                write_file(path, text.encode())


def read(desk: Desk, number: int, language: Language) -> PostMortem:
    """The post-mortem of an incident: a person's text where there is one, else a fresh draft."""
    return of(desk, tell(desk, number, newest=0), language)


def of(desk: Desk, story: Story, language: Language) -> PostMortem:
    """The same of a story that was read already, with or without its timeline."""
    path = path_of(desk, story.name, language)
    edited = path.exists() and not _is_draft(path)
    text = path.read_text(encoding="utf-8", errors="replace") if edited else draft(desk, story, language)
    return PostMortem(text=text, path=path, edited=edited, version=_version(path))


def save(desk: Desk, number: int, language: Language, text: str, *, seen: str, by: str, address: str) -> None:
    """Keeps a person's text, which went out from the version `seen`. Raises `PostMortemChangedError` where that is not the
    one that stands there any more; nothing is written then."""
    with desk.database.read() as connection:
        name = incidents.name_of(incidents.get(connection, number)["number"])
    path = path_of(desk, name, language)
    with desk.database.write() as connection:
        if _version(path) != seen:
            raise PostMortemChangedError(f"the post-mortem of {name} was changed meanwhile")
        audit.write(connection, "postmortem-saved", f"{name}, {language}", by=by, at=desk.now(), address=address)
        write_file(path, _SEAL.sub("", text).encode())


def path_of(desk: Desk, name: str, language: Language) -> Path:
    """`postmortem.md` in the configured language, `postmortem.<language>.md` in the other."""
    file = "postmortem.md" if language == desk.config.oncall.language else f"postmortem.{language}.md"
    return record_folder(desk, name) / file


def draft(desk: Desk, story: Story, language: Language) -> str:
    """The draft, redacted, as Markdown."""
    with desk.database.read() as connection:
        rows, left_out = timeline.ends(connection, story.incident["number"], MOST_ROWS, LEFT_OUT)
    story = outward(replace(story, timeline=rows))
    over = story.incident["state"] in ("resolved", "closed")
    return _templates.get_template(f"postmortem.{language}.md.j2").render(
        story=story,
        language=language,
        over=over,
        ended=story.recovered_at if over else desk.now(),
        rows=story.timeline,
        left_out=left_out,
        left_out_after=MOST_ROWS // 2,
        evidence=[item for item in story.artefacts if item["status"] == "ok"],
        grade=severity(story.incident["severity"], language),
        say=say,
        clock=clock,
        day_and_clock=day_and_clock,
        span=span,
        plain=_plain,
        told=lambda row, name: told(row, name, language),
        who=lambda name: in_language(who(name), language),
        url=desk.console_url(story.name),
    )


def _plain(text: object) -> str:
    """Text of others as one line that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(str(text).split()))


def _sealed(text: str) -> str:
    return f"{text}<!-- draft {hashlib.sha256(text.encode()).hexdigest()} -->\n"


def _version(path: Path) -> str:
    if not path.exists() or _is_draft(path):
        return DRAFT
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_draft(path: Path) -> bool:
    """Whether the file is as we wrote it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    seal = _SEAL.search(text)
    return bool(seal) and _sealed(_SEAL.sub("", text)) == text
