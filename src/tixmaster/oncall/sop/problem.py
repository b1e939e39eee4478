"""A place in the manual that cannot stay as it is: file, line, what is wrong and why, what to write there."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_NAMES = 16
"""So many names are listed where none is near."""


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One problem. Its text is `file:line: what; what to write`."""

    file: Path
    line: int
    what: str
    write: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.write}"

    def as_json(self) -> dict[str, Any]:
        """As JSON: `{"file", "line", "what", "write"}`."""
        return {"file": str(self.file), "line": self.line, "what": self.what, "write": self.write}


def nearest(name: str, known: Collection[str]) -> list[str]:
    """The known names that look most like `name`, the nearest first; capitals count for nothing."""
    by_small = {item.lower(): item for item in sorted(known)}
    return [by_small[item] for item in difflib.get_close_matches(name.lower(), list(by_small), n=3, cutoff=0.6)]


def choose_from(name: str, known: Collection[str]) -> str:
    """What to write instead of a name that nothing answers to: the nearest ones, else all."""
    close = nearest(name, known)
    if close:
        return f"write {' or '.join(f'`{item}`' for item in close)}"
    if not known:
        return "there is none to name yet"
    some = sorted(known)[:MOST_NAMES]
    more = f" and {len(known) - len(some)} more" if len(known) > len(some) else ""
    return f"write one of {', '.join(f'`{item}`' for item in some)}{more}"
