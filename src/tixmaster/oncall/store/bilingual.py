"""Text in both languages in a row: the English in the column `reason`, the Chinese in `reason_zh` beside it.

The second column is empty in rows that older versions wrote; of those the English is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tixmaster.stack.said import Said, Tongue

CHINESE = "_zh"


def columns(**texts: Said | None) -> dict[str, str | None]:
    """The values of both columns of each text; where there is none, NULL and empty."""
    english = {name: None if text is None else str(text) for name, text in texts.items()}
    return english | {f"{name}{CHINESE}": "" if text is None else text.zh for name, text in texts.items()}


def list_columns(**texts: Sequence[Said]) -> dict[str, list[str]]:
    """The same for columns that hold lists."""
    english = {name: [str(one) for one in listed] for name, listed in texts.items()}
    return english | {f"{name}{CHINESE}": [one.zh for one in listed] for name, listed in texts.items()}


def told(row: Mapping[str, Any], name: str, language: Tongue) -> Any:
    """A text (or list of texts) of a row in the language."""
    return (row[f"{name}{CHINESE}"] if language == "zh-TW" else None) or row[name]


def read(row: Mapping[str, Any], name: str) -> Said:
    """A text of a row in both languages."""
    return Said(row[name] or "", told(row, name, "zh-TW") or "")
