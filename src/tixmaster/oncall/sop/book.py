"""The printable SOP-MON-001: the parts of the folder bound into one Markdown text, in one language.

The order is that of the links in the folder's README.md; what is not named there follows its kind.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from tixmaster.oncall.sop import bilingual, folder, prose, spoken
from tixmaster.oncall.sop.document import Document, Include, Text
from tixmaster.oncall.sop.folder import ANY_ALERT, ANY_SERVICE, CAUSES_FILE, PROCEDURES
from tixmaster.oncall.sop.library import Manual
from tixmaster.oncall.sop.prose import Block, Language

NUMBER = "SOP-MON-001"
TITLE: dict[Language, str] = {
    "en": "TixMaster Monitoring: Standard Operating Procedures",
    "zh-TW": "TixMaster 監控系統標準作業程序 (SOP)",
}
WORDS: dict[str, dict[Language, str]] = {
    "number": {"en": "Document number", "zh-TW": "文件編號"},
    "bound": {"en": "Bound on", "zh-TW": "裝訂日期"},
    "contents": {"en": "Contents", "zh-TW": "目錄"},
    "id": {"en": "Id", "zh-TW": "代號"},
    "meaning": {"en": "Meaning", "zh-TW": "意義"},
    "causes": {"en": "Causes", "zh-TW": "原因"},
}
CONTENTS_DEPTH = 3
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)")
_NO_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading of the book, with the anchor that links lead to."""

    level: int
    text: str
    anchor: str
    begins: bool
    """Whether a document begins here: on paper, with a new page."""


@dataclass(frozen=True, kw_only=True)
class Book:
    """The bound text, and its headings in order."""

    title: str
    language: Language
    markdown: str
    headings: tuple[Heading, ...]


def bind(manual: Manual, path: Path, language: Language, today: date) -> Book:
    """Binds the manual of the folder `path`."""
    binder = _Binder(manual, path, language)
    pieces = [piece for item in order(manual, path) for piece in binder.part(item) if piece]
    text = [piece if piece.startswith("```") else binder.with_links(piece) for piece in pieces]
    begin = next((at for at, piece in enumerate(text) if piece.startswith("#")), 0)
    front = [
        f"# {TITLE[language]}",
        f"**{WORDS['number'][language]}:** {NUMBER}  \n**{WORDS['bound'][language]}:** {today:%Y-%m-%d}",
        *text[:begin],
        f"**{WORDS['contents'][language]}**",
        "\n".join(
            f"{'  ' * (item.level - 2)}- [{item.text}](#{item.anchor})"
            for item in binder.headings
            if item.level <= CONTENTS_DEPTH
        ),
    ]
    markdown = "\n\n".join([*front, *text[begin:]]) + "\n"
    return Book(title=TITLE[language], language=language, markdown=markdown, headings=tuple(binder.headings))


def order(manual: Manual, path: Path) -> list[Document | None]:
    """The documents in the order in which they are bound; None is the list of causes."""
    by_name = {item.path.relative_to(path).as_posix(): item for item in manual.documents}
    readme = path / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    linked = dict.fromkeys(posixpath.normpath(found["to"]) for found in _LINK.finditer(text))
    placed = [by_name[name] for name in linked if name in by_name]
    for item in sorted(manual.documents, key=lambda item: (_kind(item), item.path)):
        if item not in placed:
            same = [at for at, other in enumerate(placed) if _kind(other) <= _kind(item)]
            placed.insert(same[-1] + 1 if same else 0, item)
    return [*placed, None]


def _kind(item: Document) -> int:
    """Plain documents, procedures, runbooks, the runbook for any other alert."""
    if item.head.alert is None:
        return 1 if item.path.parent.name == PROCEDURES else 0
    return 3 if item.head.alert in (ANY_ALERT, ANY_SERVICE) else 2


class _Binder:
    """Writes one part after another, and remembers the headings."""

    def __init__(self, manual: Manual, path: Path, language: Language) -> None:
        self.headings: list[Heading] = []
        self._manual = manual
        self._path = path
        self._language = language
        self._begun = False
        self._anchors: dict[str, str] = {}
        """Where each file begins in the book."""
        self._plain = [item for item in manual.documents if _kind(item) == 0]

    def part(self, item: Document | None) -> Iterator[str]:
        """The Markdown of one document, block by block."""
        if item is None:
            yield from self._causes()
            return
        first, self._begun = not self._begun, True
        kind = _kind(item)
        sink = 0 if first and kind == 0 else 1 if kind == 0 else 2
        name = item.path.relative_to(self._path).as_posix()
        found = prose.blocks(item)
        starts = [0, *(at for at, block in enumerate(found) if block.kind == "heading"), len(found)]
        steps = _Steps(item, self._manual, self._language)
        for start, end in pairwise(starts):
            section = found[start:end]
            if section and section[0].kind == "heading":
                signpost = first and self._is_signpost(item, section[1:])
                title = bilingual.in_language(section[0], self._language) or ""
                if signpost and self._comes_as_document(item, title):
                    continue
                level = section[0].level
                if level == 1 and kind == 2:
                    title = spoken.say("with", self._language, what=item.head.alert, given=self._said(item.head.title))
                if not (first and level == 1):
                    yield self._heading(title, level + sink, name, begins=level == 1 or not self.headings)
                section = [] if signpost else section[1:]
            for block in section:
                yield from self._block(item, block, steps)

    def with_links(self, text: str) -> str:
        """The links between files as links within the book; those that lead out of it as words."""

        def replace(found: re.Match[str]) -> str:
            target = found["to"]
            if "://" in target or target.startswith(("#", "mailto:")):
                return found[0]
            anchor = self._anchors.get(target)
            return f"[{found['text']}](#{anchor})" if anchor else found["text"]

        return _LINK.sub(replace, text)

    def _causes(self) -> Iterator[str]:
        """The list of causes, as its file has it."""
        yield self._heading(WORDS["causes"][self._language], 2, CAUSES_FILE, begins=True)
        head = f"| {WORDS['id'][self._language]} | {WORDS['meaning'][self._language]} |\n|---|---|"
        yield "\n".join([head, *(f"| `{name}` | {self._said(title)} |" for name, title in self._manual.causes.items())])

    def _said(self, text: Text) -> str:
        return text.both()[self._language]

    def _heading(self, text: str, level: int, name: str, *, begins: bool) -> str:
        anchor = _slug(text)
        taken = [item.anchor for item in self.headings]
        anchor = next(
            one for one in (anchor, *(f"{anchor}-{at}" for at in range(1, len(taken) + 2))) if one not in taken
        )
        self.headings.append(Heading(level=level, text=text, anchor=anchor, begins=begins))
        self._anchors.setdefault(name, anchor)
        return f"{'#' * min(level, 6)} {text}"

    def _block(self, item: Document, block: Block, steps: _Steps) -> Iterator[str]:
        if block.kind == "fence" and block.info == "step":
            yield steps.words(block.line)
        elif block.kind == "table" and item.decisions and _decides(block):
            yield "\n".join(spoken.decision_table(item.decisions, steps.titles, self._manual.causes, self._language))
        elif block.kind != "other" and (text := bilingual.in_language(block, self._language)):
            yield _LINK.sub(lambda found: self._absolute(item, found), text) if block.kind != "fence" else text

    def _absolute(self, item: Document, found: re.Match[str]) -> str:
        """A link with its target as a path from the folder."""
        target = found["to"].partition("#")[0]
        if not target or "://" in target:
            return found[0]
        base = item.path.parent.relative_to(self._path).as_posix()
        return f"[{found['text']}]({posixpath.normpath(posixpath.join(base, target))})"

    def _is_signpost(self, item: Document, section: list[Block]) -> bool:
        """Whether a section only leads to other parts, which in a book come by themselves."""
        names = {other.path for other in self._manual.documents}
        targets = [
            [(item.path.parent / found["to"].partition("#")[0]).resolve() for found in _LINK.finditer(block.text)]
            for block in section
        ]
        return bool(targets) and all(found and names.issuperset(found) for found in targets)

    def _comes_as_document(self, item: Document, title: str) -> bool:
        """Whether a later document has a title with the same number."""
        number = bilingual.NUMBERED.match(title)
        titles = [bilingual.half(first.text.lstrip("# "), self._language) for first in self._first_headings(item)]
        return number is not None and any(other.startswith(number[0]) for other in titles)

    def _first_headings(self, besides: Document) -> Iterator[Block]:
        for other in self._plain:
            if other is not besides:
                yield from [block for block in prose.blocks(other) if block.level == 1][:1]


class _Steps:
    """The steps of a document in words, numbered from 1."""

    def __init__(self, item: Document, manual: Manual, language: Language) -> None:
        every = list(folder.taken_in(item, manual.procedures))
        self.titles: dict[str, Text] = {step.id: step.title for step in every}
        self._parts = dict(item.parts)
        self._manual = manual
        self._language = language
        self._number = 0

    def words(self, line: int) -> str:
        """The step at a line as a table, an include as a sentence with a link."""
        part = self._parts[line]
        if isinstance(part, Include):
            title = self._manual.procedures[part.procedure].head.title.both()[self._language]
            heading = next(block for block in prose.blocks(self._manual.procedures[part.procedure]) if block.level == 1)
            text = bilingual.in_language(heading, self._language) or title
            return spoken.say("carry-out", self._language, link=f"[{text}]({PROCEDURES}/{part.procedure}.md)")
        self._number += 1
        return "\n".join(spoken.step_table(part, self._number, self.titles, self._language))


def _decides(block: Block) -> bool:
    """Whether a table is the decision table."""
    return block.text.lstrip("| ").split(" ")[0].strip("|") == "Cause"


def _slug(text: str) -> str:
    """The anchor of a heading, as Git hosts make it."""
    return _NO_SLUG.sub("", text.replace("`", "").lower()).replace(" ", "-")
