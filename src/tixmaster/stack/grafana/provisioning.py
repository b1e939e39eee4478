"""What Grafana finds when it starts: Prometheus as its data source, and our dashboards.

The formats: https://grafana.com/docs/grafana/latest/administration/provisioning/.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tixmaster.stack.config import Config
from tixmaster.stack.grafana import dashboard
from tixmaster.stack.monitoring import yaml
from tixmaster.stack.monitoring.dashboards import DASHBOARD_UID, DASHBOARDS, Dashboard, Panel, dashboard_of

FOLDER = "/etc/grafana/provisioning"
"""Where the container sees the files."""
SOURCE = dashboard.SOURCE


def file_of(uid: str) -> Path:
    """Where the dashboard lies below the provisioning folder."""
    return Path(f"dashboards/{uid}.json")


DASHBOARD = file_of(DASHBOARD_UID)


def render(config: Config) -> dict[Path, str]:
    """Every file by its path below the provisioning folder."""
    return {
        Path("datasources/prometheus.yml"): yaml.document(_datasources(config), source="../grafana/provisioning.py"),
        Path("dashboards/provider.yml"): yaml.document(_providers(), source="../grafana/provisioning.py"),
        **{
            file_of(item.uid): json.dumps(dashboard.render(item), indent=2, ensure_ascii=False) + "\n"
            for item in DASHBOARDS
        },
    }


def address(config: Config, item: Dashboard) -> str:
    """The dashboard in Grafana, for people."""
    return config.link("grafana", f"/d/{item.uid}")


def link(config: Config, panel: Panel) -> str:
    """The panel in Grafana, for people."""
    return f"{address(config, dashboard_of(panel))}?viewPanel={panel.id}"


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
