"""One language out of a document that is written in two."""

from __future__ import annotations

import re

from tixmaster.oncall.sop.prose import BETWEEN, Block, Language, is_pair, language_of

_LINK_TEXT = re.compile(r"\[([^\]]*)\]")
_BULLET = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+)?(.*)$", re.DOTALL)
_CELL = re.compile(r"(?<!\\)\|")
NUMBERED = re.compile(r"^\d+(?:\.\d+)*\.?\s")
_WIDE = r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_BROKEN_CHINESE = re.compile(rf"(?<={_WIDE})\n\s*(?={_WIDE})")
"""A line's end between two Chinese characters: Markdown makes a blank of it, and Chinese has none."""


def in_language(block: Block, language: Language) -> str | None:
    """A block's Markdown in one language; None for a block that is in the other."""
    if block.kind == "heading":
        return half(block.text.lstrip("# "), language)
    if block.kind == "table":
        return _table(block.text, language)
    if block.kind != "prose":
        return block.text
    if language_of(block.text) not in (None, language):
        return None
    text = "\n".join(_line(line, language) for line in block.text.split("\n"))
    return _BROKEN_CHINESE.sub("", text) if language == "zh-TW" else text


def half(text: str, language: Language) -> str:
    """The part of `English · 中文` that is in the language; text that is no such pair as it is. The number of a heading
    stands before the English and belongs to both."""
    if not is_pair(text):
        return text
    english, chinese = (part.strip() for part in text.split(BETWEEN))
    number = NUMBERED.match(english)
    return english if language == "en" else f"{number[0] if number else ''}{chinese}"


def _line(line: str, language: Language) -> str:
    """A line of prose: first the texts of its links, then the line itself."""
    line = _LINK_TEXT.sub(lambda found: f"[{half(found[1], language)}]", line)
    found = _BULLET.match(line)
    bullet, rest = (found[1] or "", found[2]) if found else ("", line)
    return bullet + half(rest, language)


def _table(text: str, language: Language) -> str:
    """A table without the columns of the other language. A column whose header is Chinese alone is the translation of
    the one to its left; headers that hold both are halved."""
    rows = [_cells(line) for line in text.split("\n")]
    translated = [at for at, cell in enumerate(rows[0]) if at and language_of(cell) == "zh-TW"]
    dropped = translated if language == "en" else [at - 1 for at in translated]
    return "\n".join(
        "| " + " | ".join(_line(cell, language) for at, cell in enumerate(row) if at not in dropped) + " |"
        for row in rows
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]
