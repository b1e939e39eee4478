"""The numbers behind a picture, as the browser draws them: the CSV of the evidence, or a stretch of it."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime
from typing import Any

from tixmaster.oncall.report.words import Language
from tixmaster.stack.monitoring.dashboards import Panel

LEAST_POINTS = 2


def as_lines(
    text: str, panel: Panel, language: Language, start: datetime | None = None, end: datetime | None = None
) -> dict[str, Any]:
    """`{from, to, step, lines}`, times in Unix seconds; between `start` and `end` where they are given."""
    head, *rows = list(csv.reader(io.StringIO(text))) or [["time"]]
    moments = [datetime.fromisoformat(row[0]).timestamp() for row in rows]
    first, last = (one.timestamp() if one else None for one in (start, end))
    shown = [
        place
        for place, at in enumerate(moments)
        if (first is None or at >= first - 1) and (last is None or at <= last + 1)
    ]
    if len(shown) < LEAST_POINTS:
        shown = list(range(len(moments)))
    times = [moments[place] for place in shown]
    step = (times[-1] - times[0]) / (len(times) - 1) if len(times) >= LEAST_POINTS else 1.0
    return {
        "from": times[0] if times else 0.0,
        "to": times[-1] + step / 2 if times else 0.0,
        "step": step,
        "lines": [
            {
                "name": _named(panel, name, language),
                "tone": panel.tone(name),
                "values": [_number(rows[place][column]) for place in shown],
            }
            for column, name in enumerate(head[1:], start=1)
        ],
    }


def _named(panel: Panel, name: str, language: Language) -> str:
    """The line's name, in Chinese where its legend has one that needs no labels."""
    chinese = {query.legend: query.legend_zh for query in panel.queries if query.legend_zh}
    return chinese.get(name, name) if language == "zh-TW" else name


def _number(text: str) -> float | None:
    """None where nothing was measured, or no number."""
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None
