"""Markdown as GitHub and GitLab read it: what others wrote is shown, and neither formats, links nor calls anybody."""

from __future__ import annotations

import re

from tixmaster.oncall.report.trackers.text import Block, Bullets, Code, Draft, Heading, Link, Owners, Paragraph

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_NO_MENTION = "@\u200b"
"""An @ and a space without width: a log line must not wake a stranger."""


def write(draft: Draft) -> str:
    """The text of an issue or a comment, with its mark in a comment that readers do not see."""
    return "\n\n".join([*(block_of(block) for block in draft.blocks), f"<!-- {draft.mark} -->"])


def block_of(block: Block) -> str:
    match block:
        case Heading(text):
            return f"### {_inert(text)}"
        case Paragraph(text):
            return _inert(text)
        case Bullets(items):
            return "\n".join(f"- {_inert(' '.join(item.split()))}" for item in items)
        case Code(text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
            return f"{fence}text\n{text}\n{fence}"
        case Link(name, url):
            return f"[{_inert(name)}](<{url}>)"
        case Owners(name, mentions):
            return f"{name}: {' '.join(mentions)}"


def _inert(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text).replace("@", _NO_MENTION)
