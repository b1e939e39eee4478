"""Markdown as HTML for pages. Raw HTML stays text; markdown-it itself refuses `javascript:` and its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from tixmaster.oncall.sop.prose import SHELLS

LOWEST_HEADING = 6
LINES_KEPT = 2_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a text stands: what its links lead to (as written → address), how far its headings sink, their first anchor."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    sink: int = 0
    anchor: str = ""


class _Renderer(RendererHTML):
    """Tables scroll by themselves on narrow screens, commands say for which shell they are, links lead to our pages."""

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="scroll" tabindex="0">' + self.renderToken(tokens, at, options, env)

    def table_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self.renderToken(tokens, at, options, env) + "</div>\n"

    def fence(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        shell = SHELLS.get(tokens[at].info.strip())
        block = super().fence(tokens, at, options, env)
        return f'<details class="typed"><summary>{shell}</summary>{block}</details>\n' if shell else block

    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        place: Place = env["place"]
        tokens[at].tag = _sunk(tokens[at].tag, place)
        if place.anchor:
            tokens[at].attrSet("id", place.anchor)
        return self.renderToken(tokens, at, options, env)

    def heading_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        tokens[at].tag = _sunk(tokens[at].tag, env["place"])
        return self.renderToken(tokens, at, options, env)

    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        target = str(tokens[at].attrGet("href") or "")
        tokens[at].attrSet("href", env["place"].addresses.get(target.partition("#")[0], target))
        return self.renderToken(tokens, at, options, env)


def _sunk(tag: str, place: Place) -> str:
    return f"h{min(int(tag[1]) + place.sink, LOWEST_HEADING)}"


_MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def rendered(text: str, place: Place | None = None) -> Markup:
    """Blocks of Markdown as HTML."""
    return Markup(_MARKDOWN.render(text, {"place": place or Place()}))  # noqa: S704 - html is off


@lru_cache(maxsize=LINES_KEPT)
def inline(text: str) -> Markup:
    """A line of Markdown as HTML, without a paragraph around it. The manual's lines come again with every page of it."""
    return Markup(_MARKDOWN.renderInline(text, {"place": Place()}))  # noqa: S704 - html is off


def parameter(value: Any) -> Markup:
    """A parameter of a step as a person reads it: text as it is, a list by commas."""
    items = value if isinstance(value, list) else [value]
    return Markup(", ").join(Markup("<code>{}</code>").format(str(item)) for item in items)
