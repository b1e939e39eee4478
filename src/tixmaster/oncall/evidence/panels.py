"""The panels of the alert and of the runbook: a picture with the moments marked, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from tixmaster.oncall.errors import DrawingError
from tixmaster.oncall.evidence import graph
from tixmaster.oncall.evidence.drawing.artist import Artist
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, Taker
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.dashboards import PANELS, Panel, panels_for
from tixmaster.stack.said import Said, said

SHORTEST_LEAD, LONGEST_LEAD = timedelta(minutes=1), timedelta(minutes=30)
"""How much of the time before the trouble a graph shows: as much again and a half, but at least and at most so long."""
POINTS: Final = 240
PROMETHEUS_SECONDS: Final = 2.0
SECONDS: Final = 6.0
"""Pictures are drawn one after the other: enough for one that hangs, a process that starts anew, and the others."""


def takers(artist: Artist, alertname: str, wanted: tuple[str, ...]) -> Iterator[Taker]:
    """A taker for each panel of the alert, and for each that its runbook asks for besides."""
    own = panels_for(alertname)
    for panel in (*own, *(panel for panel in PANELS if panel.uid in wanted and panel not in own)):
        yield Taker(kind="panel", title=_title(panel), take=partial(_take, artist, panel), seconds=SECONDS)


def _title(panel: Panel) -> Said:
    return Said(panel.title, panel.title_zh)


def _take(artist: Artist, panel: Panel, sight: Sight) -> Iterator[Item]:
    lead = min(max((sight.now - sight.started_at) * 1.5, SHORTEST_LEAD), LONGEST_LEAD)
    start = sight.started_at - lead
    step = max((sight.now - start).total_seconds() / POINTS, 1.0)
    with Prometheus(sight.config.url("prometheus"), timeout=PROMETHEUS_SECONDS) as prometheus:
        lines = [
            (redact(query.named(series.labels)), series)
            for query in panel.queries
            for series in prometheus.query_range(query.expr, start, sight.now, step)
        ]
    alerted_at = min(alert["starts_at"] for alert in sight.alerts)
    wanted = graph.picture(panel, lines, started_at=sight.started_at, alerted_at=alerted_at)
    try:
        yield Taken(kind="panel", title=_title(panel), name=f"{panel.uid}.png", content=artist.draw(wanted))
    except DrawingError as error:
        yield Missing(kind="panel", title=_title(panel), status="failed", reason=error.words)
    numbers = graph.as_csv(lines).encode()
    title = said("{panel}, numbers", "{panel}，數值", panel=_title(panel))
    yield Taken(kind="numbers", title=title, name=f"{panel.uid}.csv", content=numbers)
