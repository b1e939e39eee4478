"""What an issue says, before it is written in a tracker's own markup (`…/markup.py`)."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Heading(msgspec.Struct, frozen=True, tag=True):
    """A heading."""

    text: str


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """Text that is shown as it is, whatever markup it may contain."""

    text: str


class Bullets(msgspec.Struct, frozen=True, tag=True):
    """A list of short texts."""

    items: list[str]


class Code(msgspec.Struct, frozen=True, tag=True):
    """Lines of a log."""

    text: str


class Link(msgspec.Struct, frozen=True, tag=True):
    """A named address."""

    name: str
    url: str


class Owners(msgspec.Struct, frozen=True, tag=True):
    """Who is tagged: these texts are markup already, and the one place where a mention is meant."""

    name: str
    mentions: list[str]


Block: TypeAlias = Heading | Paragraph | Bullets | Code | Link | Owners


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An issue or a comment; the mark is how it is found again."""

    title: str
    blocks: list[Block]
    mark: str
    labels: list[str] = []
