"""Looking for words in the manual: the sections that hold all of them, each with the place where the first one stands."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup, escape

from tixmaster.console.manual.layout import address_of, anchor_of, title_of
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.sop import bilingual, book, prose
from tixmaster.oncall.sop.document import Document, Include, Step
from tixmaster.oncall.sop.library import Manual

MOST_HITS = 50
MOST_WORDS = 8
AROUND = 80
"""How many characters are shown on either side of the first word."""


_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the manual, as it is looked through."""

    document: str
    title: str
    address: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A section that holds what was looked for."""

    section: Section
    excerpt: Markup


@dataclass(frozen=True)
class Index:
    """The sections of the manual in one language, in the order of the book."""

    sections: tuple[Section, ...]

    def look_for(self, text: str) -> list[Hit]:
        """The sections that hold every word; capitals do not count."""
        words = text.casefold().split()[:MOST_WORDS]
        found = [one for one in self.sections if words and all(word in one.said.casefold() for word in words)]
        return [Hit(section=one, excerpt=_excerpt(one.said, words)) for one in found[:MOST_HITS]]


class Indexes:
    """The indexes of the manual in force, made when first wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manual: Manual | None = None
        self._made: dict[Language, Index] = {}

    def of(self, manual: Manual, root: Path, language: Language) -> Index:
        """The index of this manual."""
        with self._lock:
            if self._manual is not manual:
                self._manual, self._made = manual, {}
            if language not in self._made:
                documents = [item for item in book.order(manual, root) if item]
                self._made[language] = Index(tuple(one for item in documents for one in _sections(item, language)))
            return self._made[language]


def _sections(item: Document, language: Language) -> Iterator[Section]:
    blocks = prose.blocks(item)
    starts = [0, *(at for at, block in enumerate(blocks) if at and block.kind == "heading"), len(blocks)]
    title = title_of(item, language)
    for start, end in pairwise(starts):
        head = blocks[start] if start < end and blocks[start].level > 1 else None
        yield Section(
            document=title,
            title=(bilingual.in_language(head, language) or "") if head else "",
            address=address_of(item) + (f"#{anchor_of(item, head.line)}" if head else ""),
            said=_said(item, blocks[start:end], language),
        )


def _said(item: Document, section: list[prose.Block], language: Language) -> str:
    """What a section says to a person, as one line; of a step its title, what it asks and what its failure means."""
    parts = dict(item.parts)
    pieces: list[str] = [item.head.alert or ""]
    for block in section:
        part = parts.get(block.line) if block.kind == "fence" else None
        if part is None:
            pieces.append(bilingual.in_language(block, language) or "")
        elif not isinstance(part, Include):
            told = [part.title.both()[language], part.id, part.failure.both()[language] if part.failure else ""]
            pieces += [*told, *map(str, part.params.values() if isinstance(part, Step) else ())]
    return " ".join(_LINK.sub(r"\1", " ".join(pieces)).replace("`", "").replace("**", "").split())


def _excerpt(said: str, words: list[str]) -> Markup:
    """The text around the first word, with every word marked."""
    folded = said.casefold()
    at = max(min(folded.find(word) for word in words) - AROUND, 0)
    shown = said[at : at + 2 * AROUND + len(words[0])]
    marked, place = Markup(), 0
    folded = shown.casefold()
    while place < len(shown):
        word = next((word for word in words if folded.startswith(word, place)), "")
        marked += Markup("<mark>{}</mark>").format(shown[place : place + len(word)]) if word else escape(shown[place])
        place += max(len(word), 1)
    return ("…" if at else "") + marked + ("…" if at + len(shown) < len(said) else "")
