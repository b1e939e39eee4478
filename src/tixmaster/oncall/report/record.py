"""The record on disk, `var/records/INC-42/`: readable alone in both languages, with a hashed manifest of its evidence."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence.locker import record_folder, write_file
from tixmaster.oncall.evidence.redact import redact, redact_tree
from tixmaster.oncall.person import who
from tixmaster.oncall.remedy import links
from tixmaster.oncall.report.mail import MARKS
from tixmaster.oncall.report.story import Story
from tixmaster.oncall.report.words import Language, clock, say, severity, span
from tixmaster.oncall.store.bilingual import told
from tixmaster.stack.said import in_language

MANIFEST = ("id", "kind", "title", "title_zh", "path", "sha256", "taken_at", "status", "reason", "reason_zh")
"""What the manifest says of an artefact."""
_templates = Environment(
    loader=PackageLoader("tixmaster.oncall.report"),
    autoescape=False,  # noqa: S701 - the record is Markdown, not HTML
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(desk: Desk, story: Story) -> None:
    """Writes `incident.md`, `timeline.json` and `manifest.json`, each whole or not at all; the manifest comes last."""
    folder = record_folder(desk, story.name)
    write_file(folder / "incident.md", redact(_as_markdown(desk, story)).encode())
    write_file(folder / "timeline.json", _as_json(redact_tree([_entry(row) for row in story.timeline])).encode())
    write_file(folder / "manifest.json", _as_json([_artefact(item) for item in story.artefacts]).encode())


def pack(desk: Desk, name: str, *, with_links: bool = False) -> bytes:
    """The record of an incident, evidence and all, as a ZIP file; approval links, which somebody may have pasted into the
    post-mortem, are made useless unless it is for somebody who may act."""
    folder, packed = record_folder(desk, name), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(item for item in folder.rglob("*") if item.is_file() and not item.name.startswith(".")):
            content = path.read_bytes()
            kept = content if with_links else links.hidden(desk, content)
            archive.writestr(str(path.relative_to(folder.parent)), kept)
    return packed.getvalue()


def _as_markdown(desk: Desk, story: Story) -> str:
    first = desk.config.oncall.language
    languages: tuple[Language, Language] = ("en", "zh-TW") if first == "en" else ("zh-TW", "en")
    return _templates.get_template("incident.md.j2").render(
        story=story,
        languages=languages,
        marks=MARKS,
        say=say,
        clock=clock,
        span=span,
        told=told,
        severity=severity,
        who=lambda name, language: in_language(who(name), language),
        now=desk.now(),
        over=story.incident["state"] == "closed",
    )


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("at", "kind", "text", "text_zh", "by", "data")}


def _artefact(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in MANIFEST}


def _as_json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.format(msgspec.json.encode(rows)).decode() + "\n"
