"""Roundup shows messages as plain text, and makes links of addresses by itself."""

from __future__ import annotations

from tixmaster.oncall.report.trackers.text import Block, Bullets, Code, Draft, Heading, Link, Owners, Paragraph


def write(draft: Draft) -> str:
    """The text of a message; the mark is its last line."""
    return "\n\n".join([*(_block(block) for block in draft.blocks), draft.mark])


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"{text}\n{'-' * len(text)}"
        case Paragraph(text) | Code(text):
            return text
        case Bullets(items):
            return "\n".join(f"* {' '.join(item.split())}" for item in items)
        case Link(name, url):
            return f"{name}: {url}"
        case Owners(name, mentions):
            return f"{name}: {' '.join(mentions)}"
