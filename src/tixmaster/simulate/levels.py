"""Recording rules in the order in which they need each other: what Prometheus reaches tick by tick, at once for a past."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tixmaster.stack.monitoring.model import Recording


def levels(recordings: Iterable[Recording]) -> list[list[Recording]]:
    """Each level uses only what the ones before it record; rules stand behind those they use, as in a rule file."""
    level_of: dict[str, int] = {}
    found: list[list[Recording]] = []
    for recording in recordings:
        used = [level for name, level in level_of.items() if uses(recording.expr, name)]
        level = max(used, default=-1) + 1
        level_of[recording.name] = max(level, level_of.get(recording.name, 0))
        if level == len(found):
            found.append([])
        found[level].append(recording)
    return found


def uses(expr: str, name: str) -> bool:
    """Whether an expression speaks of the series `name`."""
    return re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", expr) is not None
