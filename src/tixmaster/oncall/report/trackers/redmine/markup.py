"""Textile, Redmine's own markup. A project that uses Markdown shows the same text, headings apart."""

from __future__ import annotations

from tixmaster.oncall.report.trackers.text import Block, Bullets, Code, Draft, Heading, Link, Owners, Paragraph


def write(draft: Draft) -> str:
    """The text of an issue or a comment; the mark is its last line."""
    return "\n\n".join([*(_block(block) for block in draft.blocks), _inert(draft.mark)])


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"h3. {_inert(text)}"
        case Paragraph(text):
            return _inert(text)
        case Bullets(items):
            return "\n".join(f"* {_inert(' '.join(item.split()))}" for item in items)
        case Code(text):
            return f"<pre>\n{text.replace('</pre', '</ pre')}\n</pre>"
        case Link(name, url):
            return f"{_inert(name)}: {url}"
        case Owners(name, mentions):
            return f"{name}: {' '.join(mentions)}"


def _inert(text: str) -> str:
    """As it is, whatever it holds: `notextile` is Textile's word for that."""
    return f"<notextile>{text.replace('<', '&lt;').replace('@', '&#64;')}</notextile>"
