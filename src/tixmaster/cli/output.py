"""How results are shown: for people on a console of any width, for programs as one JSON document."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 240
"""A pipe has no width; lines in it are not to be broken."""


def console() -> Console:
    """Standard output with colours where it is a terminal (and NO_COLOR is not set)."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def plain(text: str) -> str:
    """Text of others: on one line, without markup and without anything that a terminal obeys (ANSI escapes)."""
    from rich.markup import escape

    from tixmaster.oncall.normalize import line

    return escape(line(text))


def mark(ok: bool) -> str:
    """✓ or ✗."""
    return "[green]✓[/green]" if ok else "[red]✗[/red]"


def print_json(document: dict[str, Any]) -> None:
    """Prints the document, which must be the only thing on standard output."""
    print(json.dumps(document, ensure_ascii=False))
