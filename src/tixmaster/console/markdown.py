"""A document of the manual laid out for a page: its prose as HTML, its steps as they are, its procedures in their places.

Raw HTML in a document stays text. markdown-it refuses `javascript:` and its like in links by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from tixmaster.oncall.report.words import Language
from tixmaster.oncall.sop.document import FRONT_MATTER_FENCE, Document, Include, Step
from tixmaster.oncall.sop.library import Manual, Runbook

INSIDE = 3
"""How many levels the headings of a procedure sink in the runbook that takes it in."""
LOWEST_HEADING = 6


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a page: prose, or a step."""

    prose: Markup | None = None
    step: Step | None = None


class _Renderer(RendererHTML):
    """Tables scroll by themselves on narrow screens, and the id of a cause is followed by its title."""

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="scroll">' + self.renderToken(tokens, at, options, env)

    def table_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self.renderToken(tokens, at, options, env) + "</div>\n"

    def code_inline(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        title = env["causes"].get(tokens[at].content)
        said = f' <span class="hint">{escape(title)}</span>' if title else ""
        return super().code_inline(tokens, at, options, env) + said


_MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def lay_out(manual: Manual, runbook: Runbook, language: Language) -> list[Block]:
    """The blocks of a runbook in reading order. The page has a title of its own, so the document's is left out."""
    documents = {item.path: item for item in manual.documents}
    env = {"causes": {cause: title.both()[language] for cause, title in manual.causes.items()}}
    return list(_blocks(documents[runbook.path], manual, env, set(), sink=0))


def _blocks(item: Document, manual: Manual, env: dict[str, Any], seen: set[str], *, sink: int) -> Iterator[Block]:
    """As an investigation carries it out: a procedure once, where it is named first, and no actions."""
    parts = dict(item.parts)
    prose: list[Token] = []
    for token in _tokens(item, env, sink):
        part = parts.get(token.map[0] + 1) if token.type == "fence" and token.map else None
        if part is None:
            prose.append(token)
            continue
        yield from _said(prose, env)
        prose = []
        if isinstance(part, Include) and part.procedure not in seen:
            seen.add(part.procedure)
            yield from _blocks(manual.procedures[part.procedure], manual, env, seen, sink=INSIDE)
        elif isinstance(part, Step):
            yield Block(step=part)
    yield from _said(prose, env)


def _said(prose: list[Token], env: dict[str, Any]) -> Iterator[Block]:
    if prose:
        yield Block(prose=Markup(_MARKDOWN.renderer.render(prose, _MARKDOWN.options, env)))  # noqa: S704 - html is off


def _tokens(item: Document, env: dict[str, Any], sink: int) -> list[Token]:
    """The document's tokens, on the lines of its file, without its front matter and, where none sinks, its title."""
    head, _, body = item.text.partition(f"\n{FRONT_MATTER_FENCE}\n")
    tokens = _MARKDOWN.parse("\n" * (head.count("\n") + 2) + body, env)
    if not sink and tokens and tokens[0].tag == "h1":
        return tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + sink, LOWEST_HEADING)}"
    return tokens


def parameter(value: object) -> Markup:
    """A parameter of a step as a person reads it: text as it is, a list by commas."""
    items = value if isinstance(value, list) else [value]
    return Markup(", ").join(Markup("<code>{}</code>").format(str(item)) for item in items)
