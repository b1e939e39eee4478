"""What Grafana finds when it starts: Prometheus as its data source, and one dashboard made of the panels.

The formats: https://grafana.com/docs/grafana/latest/administration/provisioning/ and, for the dashboard, the classic
(v1) JSON model. A panel's id is the one that links name (`viewPanel=`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import yaml
from tixmaster.stack.monitoring.panels import DASHBOARD_UID, PANELS, Panel, Query, Unit

FOLDER = "/etc/grafana/provisioning"
"""Where the container sees the files."""
DASHBOARD = Path(f"dashboards/{DASHBOARD_UID}.json")
SOURCE = {"type": "prometheus", "uid": "tixmaster-prometheus"}
SCHEMA_VERSION = 41
WIDTH, HEIGHT, COLUMNS = 12, 8, 2
"""Of a panel, in the dashboard's grid of 24 columns."""

UNITS: dict[Unit, str] = {
    "req/s": "reqps",
    "ratio": "percentunit",
    "seconds": "s",
    "orders/min": "suffix: /min",
    "instances": "short",
}
"""Grafana's name of each unit."""


def render(config: Config) -> dict[Path, str]:
    """Every file by its path below the provisioning folder."""
    return {
        Path("datasources/prometheus.yml"): yaml.document(_datasources(config), source="../grafana/provisioning.py"),
        Path("dashboards/provider.yml"): yaml.document(_providers(), source="../grafana/provisioning.py"),
        DASHBOARD: json.dumps(dashboard(), indent=2) + "\n",
    }


def dashboard() -> dict[str, Any]:
    """The overview: every panel, the last hour."""
    return {
        "uid": DASHBOARD_UID,
        "title": "TixMaster overview",
        "tags": ["tixmaster"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "10s",
        "panels": [_panel(panel, place) for place, panel in enumerate(PANELS)],
    }


def _datasources(config: Config) -> dict[str, Any]:
    source = {
        "name": "Prometheus",
        **SOURCE,
        "access": "proxy",
        "url": config.url("prometheus"),
        "isDefault": True,
        "editable": False,
    }
    return {"apiVersion": 1, "prune": True, "datasources": [source]}


def _providers() -> dict[str, Any]:
    provider = {
        "name": "tixmaster",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "options": {"path": f"{FOLDER}/{DASHBOARD.parent}"},
    }
    return {"apiVersion": 1, "providers": [provider]}


def _panel(panel: Panel, place: int) -> dict[str, Any]:
    row, column = divmod(place, COLUMNS)
    defaults = {
        "unit": UNITS[panel.unit],
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": _steps(panel)},
        "custom": {"thresholdsStyle": {"mode": "off" if panel.threshold is None else "line+area"}},
    }
    return {
        "id": panel.id,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [_target(query, number) for number, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    }


def _target(query: Query, number: int) -> dict[str, Any]:
    return {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "editorMode": "code",
        "range": True,
        "expr": query.expr,
        "legendFormat": query.legend,
    }


def _steps(panel: Panel) -> list[dict[str, Any]]:
    """Colours from below upwards: what is beyond the threshold is red, the rest is let be."""
    if panel.threshold is None:
        return [{"color": "transparent", "value": None}]
    low, high = ("red", "transparent") if panel.threshold_is_floor else ("transparent", "red")
    return [{"color": low, "value": None}, {"color": high, "value": panel.threshold}]
