"""The prose of a document: in which language a block is, what a step looks like without us, and what a reader misses.

Paragraphs and lists are in one language and alternate; headings, table headers and short lines hold both, `English · 中文`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markdown_it.token import Token

from tixmaster.oncall.sop import document
from tixmaster.oncall.sop.document import Document, Include, Step
from tixmaster.oncall.sop.problem import Problem

Kind = Literal["heading", "prose", "table", "fence", "other"]
Language = Literal["en", "zh-TW"]
SECTIONS = {"Meaning": "意義", "Impact": "影響", "Diagnosis": "排查", "Mitigation": "處置"}
"""What every runbook has, in this order."""
SHELLS = {"powershell": "PowerShell", "bash": "bash"}
BETWEEN = " · "
KINDS: dict[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "prose",
    "bullet_list_open": "prose",
    "ordered_list_open": "prose",
    "blockquote_open": "prose",
    "table_open": "table",
    "fence": "fence",
}
LANGUAGES: dict[Language, str] = {"en": "English", "zh-TW": "Chinese"}
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_NO_WORDS = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]*>")
"""Code, addresses of links: in no language."""
CHINESE_WEIGHT = 3
"""A Chinese character says about as much as so many letters; names in Latin letters do not make a sentence English."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a document: its first line, its Markdown, and for a heading its level, for a fence its mark."""

    kind: Kind
    line: int
    text: str
    level: int = 0
    info: str = ""
    content: str = ""


def blocks(item: Document) -> list[Block]:
    """The document below its front matter, in reading order."""
    lines = item.text.split("\n")
    parsed = document.tokens(item.text, document.front_matter_lines(item.text))
    return [_block(token, lines) for token in parsed if token.level == 0 and token.nesting >= 0 and token.map]


def _block(token: Token, lines: list[str]) -> Block:
    start, end = token.map or [0, 0]
    return Block(
        kind=KINDS.get(token.type, "other"),
        line=start + 1,
        text="\n".join(lines[start:end]).rstrip(),
        level=int(token.tag[1]) if token.type == "heading_open" else 0,
        info=token.info.strip(),
        content=token.content,
    )


def language_of(text: str) -> Language | None:
    """The language of Markdown; None where it is in both (`English · 中文`) or in none (code, numbers)."""
    words = _NO_WORDS.sub("", _LINK.sub(lambda found: "" if is_pair(found[1]) else found[0], text))
    if all(is_pair(line) for line in words.split("\n")):
        return None
    chinese, latin = len(_CHINESE.findall(words)), len(_LATIN.findall(words))
    if not chinese and not latin:
        return None
    return "zh-TW" if chinese * CHINESE_WEIGHT >= latin else "en"


def is_pair(text: str) -> bool:
    """Whether it is `English · 中文`: names in Latin letters may stand in the Chinese, nothing Chinese in the English."""
    halves = [bool(_CHINESE.search(half)) for half in text.split(BETWEEN)]
    return halves == [False, True]


def commands(item: Document) -> dict[int, dict[str, str]]:
    """What a person types for each step, by the line of the step's block: shell → its first block after the step."""
    return _commands(blocks(item))


def _commands(found_blocks: list[Block]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    step = None
    for block in found_blocks:
        if block.kind == "heading":
            step = None
        elif block.kind == "fence" and block.info == "step":
            step = block.line
            found[step] = {}
        elif block.kind == "fence" and block.info in SHELLS and step is not None:
            found[step].setdefault(block.info, block.content.rstrip("\n"))
    return found


def warnings(item: Document) -> Iterator[Problem]:
    """What a person who reads the document would miss, in either language or without TixMaster."""
    found = blocks(item)
    for line, what, write in (*_steps(item, found), *_headings(found), *_translations(found), *_sections(item, found)):
        yield Problem(file=item.path, line=line, what=what, write=write)


def _steps(item: Document, found: list[Block]) -> Iterator[tuple[int, str, str]]:
    """What a step's failure means, and its commands."""
    typed = _commands(found)
    for line, part in item.parts:
        if isinstance(part, Include):
            continue
        if isinstance(part, Step) and part.failure is None:
            yield line, f"step {part.id} does not say what its failure means", "add `failure: {en: …, zh-TW: …}`"
        for shell, name in SHELLS.items():
            if not typed.get(line, {}).get(shell):
                what = f"step {part.id} does not show what a person types without TixMaster in {name}"
                yield line, what, f"write a block ```{shell} after it, before the next step or heading"


def _headings(found: list[Block]) -> Iterator[tuple[int, str, str]]:
    for block in found:
        title = block.text.strip("# ")
        if block.kind == "heading" and BETWEEN not in title:
            missing = "English" if _CHINESE.search(title) else "Chinese"
            yield block.line, f"missing translation: the heading “{title}” has no {missing}", "write `# English · 中文`"


def _translations(found: list[Block]) -> Iterator[tuple[int, str, str]]:
    """Sections with prose in one language only."""
    starts = [0, *(at for at, block in enumerate(found) if block.kind == "heading"), len(found)]
    for start, end in pairwise(starts):
        inside = [(block, language_of(block.text)) for block in found[start:end] if block.kind == "prose"]
        there = {language for _, language in inside if language}
        if len(there) == 1:
            (only,) = there
            other: Language = "zh-TW" if only == "en" else "en"
            line = next(block.line for block, language in inside if language == only)
            what = f"missing translation: this section says it in {LANGUAGES[only]} only"
            yield line, what, f"write the same in {LANGUAGES[other]} in a paragraph of its own"


def _sections(item: Document, found: list[Block]) -> Iterator[tuple[int, str, str]]:
    """Meaning, Impact, Diagnosis, Mitigation: whoever is woken finds each in its place."""
    if item.head.alert is None:
        return
    titles = [block.text.strip("# ").split(BETWEEN)[0] for block in found if block.level == 2]
    for english, chinese in SECTIONS.items():
        if english not in titles:
            yield 1, f"the runbook has no section {english}", f"write `## {english} · {chinese}`"
    there = [title for title in titles if title in SECTIONS]
    if there != [title for title in SECTIONS if title in there]:
        yield 1, f"the sections stand in the order {', '.join(there)}", f"write {', '.join(SECTIONS)}"
