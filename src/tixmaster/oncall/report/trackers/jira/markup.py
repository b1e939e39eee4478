"""Jira's wiki markup, which version 2 of its interface takes in the cloud and on servers of one's own."""

from __future__ import annotations

import re

from tixmaster.oncall.report.trackers.text import Block, Bullets, Code, Draft, Heading, Link, Owners, Paragraph

_MARKUP = re.compile(r"([\\*_\-+^~{}\[\]|!@#?])")


def write(draft: Draft) -> str:
    """The text of an issue or a comment; the mark is its last line, in small grey letters."""
    return "\n\n".join([*(_block(block) for block in draft.blocks), f"{{color:#97a0af}}{draft.mark}{{color}}"])


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"h3. {_inert(text)}"
        case Paragraph(text):
            return _inert(text)
        case Bullets(items):
            return "\n".join(f"* {_inert(' '.join(item.split()))}" for item in items)
        case Code(text):
            return f"{{noformat}}\n{text.replace('{noformat}', '(noformat)')}\n{{noformat}}"
        case Link(name, url):
            return f"[{_inert(name)}|{url}]"
        case Owners(name, mentions):
            return f"{name}: {' '.join(mentions)}"


def _inert(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
