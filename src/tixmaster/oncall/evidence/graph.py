"""A panel as it is drawn, and as numbers."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO

from tixmaster.oncall.evidence.drawing.picture import Line, Picture
from tixmaster.stack.monitoring.client import Series
from tixmaster.stack.monitoring.dashboards import Panel


def picture(panel: Panel, lines: list[tuple[str, Series]], *, started_at: datetime, alerted_at: datetime) -> Picture:
    """What there is to draw: one line a series, and the moments to mark."""
    return Picture(
        title=panel.title,
        unit=panel.unit,
        threshold=panel.threshold,
        lines=tuple(Line(name=name, times=series.times, values=series.values) for name, series in lines),
        started_at=started_at,
        alerted_at=alerted_at,
    )


def as_csv(lines: list[tuple[str, Series]]) -> str:
    """The numbers behind the picture: a column of times (RFC 3339), a column a series."""
    moments = sorted({moment for _, series in lines for moment in series.times})
    by_name = [dict(zip(series.times, series.values, strict=True)) for _, series in lines]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["time", *(name for name, _ in lines)])
    for moment in moments:
        writer.writerow(
            [datetime.fromtimestamp(moment, UTC).isoformat(), *(values.get(moment, "") for values in by_name)]
        )
    return text.getvalue()
