"""A value of JSON as a person reads it in a table. Everything is escaped: it was written by strangers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from tixmaster.oncall.report.words import Language

LONG_TEXT = 600
NOTHING = "–"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_EXACT = 1e15
"""From here on a float is no longer exact, and is shown as it is."""
Moment = Callable[[datetime], Markup]


def cell(value: Any, moment: Moment, language: Language) -> Markup:
    """Times in the reader's zone, sentences in the reader's language, records and lists one item a line."""
    if is_empty(value):
        return escape(NOTHING)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return moment(datetime.fromisoformat(value))
    if isinstance(value, bool):
        return escape("✓" if value else "✗")
    if isinstance(value, float):
        return escape(f"{value:,g}" if abs(value) < _EXACT else repr(value))
    if isinstance(value, Mapping):
        return cell(value[language], moment, language) if language in value else _pairs(value, moment, language)
    if isinstance(value, list):
        return Markup("<br>").join(cell(item, moment, language) for item in value)
    text = str(value)
    return escape(text if len(text) <= LONG_TEXT else text[:LONG_TEXT] + "…")


def is_empty(value: Any) -> bool:
    """Whether there is nothing to show; no and nought are something."""
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def _pairs(record: Mapping[str, Any], moment: Moment, language: Language) -> Markup:
    def lines() -> Iterator[Markup]:
        for key, value in record.items():
            if not is_empty(value):
                yield Markup('<span class="hint">{}</span> {}').format(key, cell(value, moment, language))

    return Markup("<br>").join(lines())
