"""The log excerpt page by page: its lines with their numbers, and those of one signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PAGE_LINES = 50
LONGEST = 2000
"""A longer line is cut on the page; the file has it whole."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the excerpt: its number there, where it stood in the log (`error.log:12`), and what it says."""

    number: int
    place: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some lines of many. `pages` is how many pages there are, at least one."""

    lines: tuple[Line, ...]
    page: int
    pages: int
    total: int


def page_of(number: int) -> int:
    """The page that holds a line."""
    return (number - 1) // PAGE_LINES + 1


def turn_to(text: str, page: int, only: Sequence[int] | None = None) -> Page:
    """A page of the excerpt; with `only`, of the entries that begin on those lines. The nearest page where there is none."""
    rows = text.removesuffix("\n").split("\n") if text else []
    numbers = list(range(1, len(rows) + 1)) if only is None else [one for one in only if 0 < one <= len(rows)]
    pages = max(page_of(len(numbers)), 1)
    page = min(max(page, 1), pages)
    shown = numbers[(page - 1) * PAGE_LINES : page * PAGE_LINES]
    return Page(
        lines=tuple(_line(number, rows[number - 1]) for number in shown), page=page, pages=pages, total=len(numbers)
    )


def _line(number: int, row: str) -> Line:
    place, parted, text = row.partition(": ")
    if not parted or " " in place:  # a further line of a trace
        place, text = "", row
    return Line(number=number, place=place, text=text if len(text) <= LONGEST else text[:LONGEST] + "…")
