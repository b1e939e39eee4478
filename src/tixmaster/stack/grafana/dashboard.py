"""A dashboard as Grafana's classic (v1) JSON model: tiles in one row, panels two by two, the details in a folded row.

The model: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/. A panel's id is
the one that links name (`viewPanel=`). No newer schema: file provisioning of v2 fails (grafana#122663, #127928).
"""

from __future__ import annotations

from typing import Any

from tixmaster.stack.monitoring.dashboards import Dashboard, Panel, Query, Tile, Tone, Unit

SOURCE = {"type": "prometheus", "uid": "tixmaster-prometheus"}
SCHEMA_VERSION = 41
GRID, WIDTH, HEIGHT, TILE_HEIGHT = 24, 12, 8, 4
FOLDED_ROW = 1000
"""The id of the row that holds the details; rows need one, too."""

UNITS: dict[Unit, str] = {
    "req/s": "reqps",
    "ratio": "percentunit",
    "seconds": "s",
    "orders/min": "suffix: /min",
    "payments/min": "suffix: /min",
    "money": "short",
    "money/min": "suffix: /min",
    "transactions/s": "suffix: /s",
    "per min": "suffix: /min",
    "alerts/min": "suffix: /min",
    "bytes": "bytes",
}
"""Grafana's name of each unit that is more than a count."""
COUNT = "short"

COLOURS: dict[Tone, str] = {"trouble": "red", "warning": "orange", "reference": "#9aa6b3"}

STARTS = {
    "name": "Starts and deploys",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "blue",
    "expr": "changes(process_start_time_seconds[$__rate_interval]) > 0",
    "titleFormat": "{{service}} started",
}
FIRING = {
    "name": "Alerts",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "red",
    "expr": 'ALERTS{alertstate="firing", severity=~"critical|warning"}',
    "titleFormat": "{{alertname}}",
    "textFormat": "{{service}}",
    "tagKeys": "severity",
}


def render(dashboard: Dashboard) -> dict[str, Any]:
    """The whole document: the last hour, refreshed every ten seconds."""
    return {
        "uid": dashboard.uid,
        "title": f"TixMaster: {dashboard.title} {dashboard.title_zh}"
        if dashboard.title != dashboard.title_zh
        else f"TixMaster: {dashboard.title}",
        "description": f"{dashboard.answers}\n{dashboard.answers_zh}",
        "tags": ["tixmaster"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "timezone": "browser",
        "graphTooltip": 1,  # one crosshair for all panels
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "10s",
        "annotations": {"list": [STARTS, FIRING]},
        "links": [
            {
                "type": "dashboards",
                "tags": ["tixmaster"],
                "title": "TixMaster",
                "asDropdown": False,
                "includeVars": False,
                "keepTime": True,
            }
        ],
        "panels": _panels(dashboard),
    }


def _panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    width = GRID // len(dashboard.tiles)
    tiles = [
        _tile(tile) | {"gridPos": {"x": place * width, "y": 0, "w": width, "h": TILE_HEIGHT}}
        for place, tile in enumerate(dashboard.tiles)
    ]
    row = TILE_HEIGHT + _rows(len(dashboard.panels)) * HEIGHT
    folded = {
        "id": FOLDED_ROW,
        "type": "row",
        "title": "Details 細節",
        "collapsed": True,
        "gridPos": {"x": 0, "y": row, "w": GRID, "h": 1},
        "panels": _placed(dashboard.details, row + 1),
    }
    return [*tiles, *_placed(dashboard.panels, TILE_HEIGHT), folded]


def _rows(panels: int) -> int:
    return -(-panels // (GRID // WIDTH))


def _placed(panels: tuple[Panel, ...], top: int) -> list[dict[str, Any]]:
    placed = []
    for place, panel in enumerate(panels):
        row, column = divmod(place, GRID // WIDTH)
        position = {"x": column * WIDTH, "y": top + row * HEIGHT, "w": WIDTH, "h": HEIGHT}
        placed.append((_bars(panel) if panel.kind == "bars" else _lines(panel)) | {"gridPos": position})
    return placed


def _said(title: str, title_zh: str) -> str:
    return title if title == title_zh else f"{title} · {title_zh}"


def _lines(panel: Panel) -> dict[str, Any]:
    defaults = {
        "unit": UNITS.get(panel.unit, COUNT),
        "min": None if panel.threshold == 0 else 0,
        "thresholds": {"mode": "absolute", "steps": _steps(panel.threshold, floor=panel.threshold_is_floor)},
        "custom": {"thresholdsStyle": {"mode": "off" if panel.threshold is None else "line+area"}},
    }
    return {
        **_head(panel, "timeseries"),
        "targets": [_target(query, number) for number, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": defaults, "overrides": [_colour(*tone) for tone in panel.tones.items()]},
        "options": {
            "legend": {
                "showLegend": True,
                "displayMode": "table",
                "placement": "bottom",
                "calcs": ["lastNotNull", "max"],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    }


def _bars(panel: Panel) -> dict[str, Any]:
    """One horizontal bar for each value of the panel's row, from instant queries that are merged into one table."""
    by = panel.row.strip("{}")
    names = {f"Value #{_reference(number)}": query.legend for number, query in enumerate(panel.queries)}
    return {
        **_head(panel, "barchart"),
        "targets": [
            _target(query, number) | {"range": False, "instant": True, "format": "table"}
            for number, query in enumerate(panel.queries)
        ],
        "transformations": [
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"excludeByName": {"Time": True, f"{by}_id": True}, "renameByName": names}},
        ],
        "fieldConfig": {
            "defaults": {"unit": UNITS.get(panel.unit, COUNT), "min": 0},
            "overrides": [_colour(*tone) for tone in panel.tones.items()],
        },
        "options": {
            "orientation": "horizontal",
            "stacking": "percent",
            "xField": by,
            "showValue": "never",
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    }


def _tile(tile: Tile) -> dict[str, Any]:
    steps = _steps(tile.threshold, floor=tile.threshold_is_floor, calm="text")
    queries = (tile.query, *((tile.usual,) if tile.usual else ()))
    return {
        "id": tile.id,
        "type": "stat",
        "title": _said(tile.title, tile.title_zh),
        "datasource": SOURCE,
        "targets": [_target(query, number) | {"range": False, "instant": True} for number, query in enumerate(queries)],
        "fieldConfig": {
            "defaults": {
                "unit": UNITS.get(tile.unit, COUNT),
                "noValue": "–",
                "color": {"mode": "thresholds"},
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none",
            "textMode": "auto",
        },
    }


def _head(panel: Panel, kind: str) -> dict[str, Any]:
    return {
        "id": panel.id,
        "type": kind,
        "title": _said(panel.title, panel.title_zh),
        "description": f"{panel.answers}\n\n{panel.answers_zh}",
        "datasource": SOURCE,
    }


def _reference(number: int) -> str:
    return chr(ord("A") + number)


def _target(query: Query, number: int) -> dict[str, Any]:
    return {
        "refId": _reference(number),
        "datasource": SOURCE,
        "editorMode": "code",
        "range": True,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
    }


def _colour(ending: str, tone: Tone) -> dict[str, Any]:
    """Lines whose name ends so have their colour whatever else is drawn."""
    return {
        "matcher": {"id": "byRegexp", "options": f"/{ending}$/"},
        "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": COLOURS[tone]}}],
    }


def _steps(threshold: float | None, *, floor: bool, calm: str = "transparent") -> list[dict[str, Any]]:
    """Colours from below upwards: what is beyond the threshold is red, the rest is let be."""
    if threshold is None:
        return [{"color": calm, "value": None}]
    low, high = ("red", calm) if floor else (calm, "red")
    return [{"color": low, "value": None}, {"color": high, "value": threshold}]
