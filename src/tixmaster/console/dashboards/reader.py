"""Asks Prometheus for what a dashboard shows: each panel's own queries, bounded in time, points, lines and number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime
from typing import Any

from tixmaster.console.dashboards.period import Period
from tixmaster.console.words import say, term
from tixmaster.oncall.report.words import Language
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.monitoring.client import Prometheus, Series
from tixmaster.stack.monitoring.dashboards import Dashboard, Panel, Query, Tile

AT_ONCE = 4
"""Queries under way for all readers together: whoever looks at graphs must not take Prometheus from the rules."""
QUERY_SECONDS, LOOK_SECONDS = 4.0, 8.0
"""How long one query may take, and how long a reader waits for all of them."""
MOST_LINES, MOST_ROWS = 16, 12
"""More cannot be told apart."""
Shown = dict[str, Any]


class Reader:
    """Answers looks at dashboards. One for the process; `close` ends it."""

    def __init__(self, config: Config) -> None:
        self._url = config.url("prometheus")
        self._prometheus = Prometheus(self._url, timeout=QUERY_SECONDS)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dashboards")

    def close(self) -> None:
        """Ends without waiting for what nobody will read."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._prometheus.close()

    @property
    def prometheus(self) -> Prometheus:
        """The server that is asked."""
        return self._prometheus

    def look(
        self, dashboard: Dashboard | None, panels: Iterable[Panel], period: Period, language: Language, now: datetime
    ) -> Shown:
        """What the dashboard's tiles and these panels show, by id; what could not be had says why in its place."""
        asked: dict[tuple[str, int], Future[Shown]] = {
            ("tiles", tile.id): self._pool.submit(_guarded, self._tile, tile, period, language, now)
            for tile in (dashboard.tiles if dashboard else ())
        } | {
            ("panels", panel.id): self._pool.submit(_guarded, self._panel, panel, period, language, now)
            for panel in panels
        }
        wait_for(asked.values(), timeout=LOOK_SECONDS)
        found: Shown = {"tiles": {}, "panels": {}}
        for (kind, number), future in asked.items():
            found[kind][number] = future.result() if future.done() else {"error": "late"}
            future.cancel()
        return found | {"problem": self._problem(found, language)}

    def _problem(self, found: Shown, language: Language) -> str | None:
        """What to say of all, where nothing came. Single faults get their words in place."""
        shown = [*found["tiles"].values(), *found["panels"].values()]
        for item in shown:
            item["error"] = self._words(item.get("error"), language)
        silent = [item for item in shown if item["error"]]
        return str(silent[0]["error"]) if silent and len(silent) == len(shown) else None

    def _words(self, error: Exception | str | None, language: Language) -> str | None:
        if error is None:
            return None
        if isinstance(error, UnreachableError) or error == "late":
            return say("boards-silent", language, url=self._url)
        return say("boards-refused", language, reason=str(error))

    def _panel(self, panel: Panel, period: Period, language: Language, now: datetime) -> Shown:
        return (self._bars if panel.kind == "bars" else self._lines)(panel, period, language, now)

    def _lines(self, panel: Panel, period: Period, language: Language, _now: datetime) -> Shown:
        lines = [
            _line(panel, query, series, period, language)
            for query in panel.queries
            for series in self._prometheus.query_range(query.expr, period.start, period.end, period.step)
        ]
        return {"lines": lines[:MOST_LINES], "more": max(len(lines) - MOST_LINES, 0)}

    def _bars(self, panel: Panel, period: Period, language: Language, now: datetime) -> Shown:
        """A row for each value of the panel's row label, the largest first."""
        rows: dict[str, list[float]] = {}
        naming = Query(expr="", legend=panel.row)
        for place, query in enumerate(panel.queries):
            for series in self._prometheus.query(query.expr, _end(period, now)):
                row = rows.setdefault(naming.named(series.labels), [0.0] * len(panel.queries))
                row[place] += _number(series.last) or 0.0
        parts = [
            {"name": query.named({}, chinese=language != "en"), "tone": panel.tone(query.legend)}
            for query in panel.queries
        ]
        largest = sorted(rows.items(), key=lambda row: -sum(row[1]))
        return {
            "parts": parts,
            "rows": [{"name": name, "values": values} for name, values in largest[:MOST_ROWS]],
            "more": max(len(largest) - MOST_ROWS, 0),
        }

    def _tile(self, tile: Tile, period: Period, language: Language, now: datetime) -> Shown:
        at = _end(period, now)
        found = next(iter(self._prometheus.query(tile.query.expr, at)), None)
        value = _number(found.last) if found else None
        shown: Shown = {
            "value": value,
            "label": term("line", tile.query.named(found.labels), language) if found else "",
            "trouble": value is not None and tile.is_trouble(value),
        }
        if tile.usual:
            usual = next(iter(self._prometheus.query(tile.usual.expr, at)), None)
            if usual and (number := _number(usual.last)) is not None:
                shown |= {"usual": number, "usualName": tile.usual.named(usual.labels, chinese=language != "en")}
        return shown


def _guarded(
    ask: Callable[[Any, Period, Language, datetime], Shown],
    what: Any,
    period: Period,
    language: Language,
    now: datetime,
) -> Shown:
    """The answer, or the error in its place: one panel's fault is not its neighbours'."""
    try:
        return ask(what, period, language, now)
    except StackError as error:
        return {"error": error}


def _end(period: Period, now: datetime) -> datetime:
    """The present moment where the period reaches up to it: numbers are not held back by the step."""
    return now if (now - period.end).total_seconds() < period.step else period.end


def _line(panel: Panel, query: Query, series: Series, period: Period, language: Language) -> Shown:
    """Values beside the period's moments, null where there is none."""
    by_time = dict(zip(map(round, series.times), series.values, strict=True))
    return {
        "name": term("line", query.named(series.labels, chinese=language != "en").strip(), language),
        "tone": panel.tone(query.named(series.labels)),
        "values": [_number(by_time.get(moment)) for moment in period.times],
    }


def _number(value: float | None) -> float | None:
    """JSON knows neither NaN nor infinity; six digits are more than a graph shows."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
