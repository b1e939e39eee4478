"""A document of the manual laid out for a page, in one language: prose, steps in words, procedures in their places."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from tixmaster.console.markdown import Place, inline, rendered
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.sop import bilingual, folder, prose, spoken
from tixmaster.oncall.sop.document import Action, Document, Include, Step, Text
from tixmaster.oncall.sop.folder import CAUSES_FILE, PROCEDURES
from tixmaster.oncall.sop.library import Manual

INSIDE = 3
"""How many levels the headings of a procedure sink in the runbook that takes it in."""
CAUSES = "/sop/causes"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a page: prose, a step or act, or a heading of the page's own contents."""

    prose: Markup | None = None
    step: Step | Action | None = None
    anchor: str = ""
    title: str = ""
    """Of a heading that the contents name."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Says conditions in words; what has no words stays CEL."""

    titles: dict[str, Text]
    language: Language

    def __call__(self, text: str) -> Markup:
        return inline(spoken.condition(text, self.titles, self.language))


def address_of(item: Document) -> str:
    """The page of a document."""
    return f"/sop/{quote(item.head.alert, safe='*')}" if item.head.alert else f"/sop/part/{quote(item.path.stem)}"


def anchor_of(item: Document, line: int) -> str:
    """The anchor of a heading by its line in its file."""
    return f"{item.path.stem}-{line}"


def title_of(item: Document, language: Language) -> str:
    """A document's title; for a procedure or a plain part that of its first heading, which has its number."""
    first = next((line for line in item.text.split("\n") if line.startswith("# ")), None)
    if item.head.alert is None and first is not None:
        return bilingual.half(first.removeprefix("# "), language)
    return item.head.title.both()[language]


def conditions_of(item: Document, manual: Manual, language: Language) -> Conditions:
    """The words for the conditions of a document's steps and decisions."""
    every = folder.taken_in(item, manual.procedures)
    return Conditions(titles={step.id: step.title for step in every}, language=language)


def lay_out(manual: Manual, root: Path, item: Document, language: Language) -> list[Block]:
    """The blocks in reading order. The page has a title of its own, so the document's is left out."""
    return list(_Layout(manual, root, item, language).blocks(item, sink=0))


class _Layout:
    """Lays out one document and the procedures that it takes in, each once."""

    def __init__(self, manual: Manual, root: Path, item: Document, language: Language) -> None:
        self._manual, self._root, self._language = manual, root, language
        self._seen = folder.already_in(item)
        self._runbook = item.head.alert is not None
        self._titles = conditions_of(item, manual, language).titles
        self._addresses = {one.path: address_of(one) for one in manual.documents} | {root / CAUSES_FILE: CAUSES}

    def blocks(self, item: Document, *, sink: int) -> Iterator[Block]:
        """As an investigation carries it out: a procedure once, where it is named first; in a runbook no acts."""
        parts = dict(item.parts)
        places = self._places(item)
        for block in prose.blocks(item):
            part = parts.get(block.line) if block.kind == "fence" else None
            if isinstance(part, Include):
                if part.procedure not in self._seen:
                    self._seen.add(part.procedure)
                    yield from self.blocks(self._manual.procedures[part.procedure], sink=INSIDE)
            elif part is not None:
                if isinstance(part, Step) or not self._runbook:
                    yield Block(step=part)
            elif not (block.level == 1 and sink == 0):
                yield from self._prose(item, block, places, sink)

    def _prose(self, item: Document, block: prose.Block, places: dict[str, str], sink: int) -> Iterator[Block]:
        if item.decisions and block.kind == "table" and block.text.lstrip("| ").startswith("Cause"):
            table = spoken.decision_table(item.decisions, self._titles, self._manual.causes, self._language)
            yield Block(prose=rendered("\n".join(table)))
            return
        text = bilingual.in_language(block, self._language)
        if text is None:
            return
        anchor = anchor_of(item, block.line) if block.kind == "heading" else ""
        text = f"{'#' * block.level} {text}" if block.kind == "heading" else text
        place = Place(addresses=places, sink=sink, anchor=anchor)
        named = bilingual.in_language(block, self._language) if block.level == 2 and sink == 0 else ""
        yield Block(prose=rendered(text, place), anchor=anchor, title=named or "")

    def _places(self, item: Document) -> dict[str, str]:
        """What relative links of a document lead to."""
        base = item.path.parent
        return {posixpath.relpath(path, base): address for path, address in self._addresses.items()}


def kind_of(item: Document) -> str:
    """In which part of the contents a document stands."""
    if item.head.alert is not None:
        return "runbooks"
    return "procedures" if item.path.parent.name == PROCEDURES else "parts"
