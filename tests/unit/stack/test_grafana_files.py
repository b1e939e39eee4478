"""What Grafana is given: its data source, its dashboard, and how it is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.grafana import container, dashboard, provisioning
from tixmaster.stack.grafana.engine import Engine, find
from tixmaster.stack.monitoring.dashboards import DASHBOARDS, PANELS, Dashboard


def shown_on(item: Dashboard) -> dict[int, dict[str, Any]]:
    """Tiles and panels of the rendered dashboard by id, also those in its folded row."""
    top = dashboard.render(item)["panels"]
    return {panel["id"]: panel for outer in top for panel in (outer, *outer.get("panels", ()))}


@pytest.mark.parametrize("item", DASHBOARDS, ids=lambda item: item.uid)
def test_a_dashboard_has_every_panel_with_its_queries(item: Dashboard, config: Config) -> None:
    """Under the panel's own id, in both languages, with its expressions and legends."""
    assert json.loads(provisioning.render(config)[provisioning.file_of(item.uid)]) == dashboard.render(item)
    shown = shown_on(item)
    wanted = {panel.id for panel in item.all_panels} | {tile.id for tile in item.tiles}
    assert shown.keys() == wanted | {dashboard.FOLDED_ROW}
    for panel in item.all_panels:
        targets = shown[panel.id]["targets"]
        assert panel.title in shown[panel.id]["title"]
        assert panel.title_zh in shown[panel.id]["title"]
        assert [(t["expr"], t["legendFormat"]) for t in targets] == [(q.expr, q.legend) for q in panel.queries]
        assert len({t["refId"] for t in targets}) == len(targets)


@pytest.mark.parametrize("item", DASHBOARDS, ids=lambda item: item.uid)
def test_no_two_panels_lie_on_one_place(item: Dashboard) -> None:
    """Inside the grid of 24 columns, each square under one panel."""
    places = [panel["gridPos"] for panel in shown_on(item).values()]
    squares = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(squares)) == len(squares)
    assert {x for x, _ in squares} == set(range(24))


def test_thresholds_are_red_on_the_side_of_trouble() -> None:
    """Below a floor, from a ceiling upwards; a panel without an objective has none."""
    shown = {number: panel for item in DASHBOARDS for number, panel in shown_on(item).items()}
    for panel in PANELS:
        if panel.kind == "lines":
            defaults = shown[panel.id]["fieldConfig"]["defaults"]
            red = next((step for step in defaults["thresholds"]["steps"] if step["color"] == "red"), None)
            expected = None if panel.threshold_is_floor else panel.threshold
            assert red == (None if panel.threshold is None else {"color": "red", "value": expected})
            assert (defaults["custom"]["thresholdsStyle"]["mode"] == "off") == (panel.threshold is None)


def test_every_query_asks_the_data_source_that_is_there(config: Config) -> None:
    """By its uid; it is our Prometheus."""
    files = provisioning.render(config)
    (source,) = yaml.safe_load(files[Path("datasources/prometheus.yml")])["datasources"]
    panels = [panel for item in DASHBOARDS for panel in shown_on(item).values() if panel["type"] != "row"]
    asked = {item["datasource"]["uid"] for panel in panels for item in (panel, *panel["targets"])}
    assert asked == {source["uid"]}
    assert source["url"] == config.url("prometheus")


def test_the_provider_reads_the_folder_of_the_dashboard(config: Config) -> None:
    """Grafana's file provider, read-only for its users."""
    (provider,) = yaml.safe_load(provisioning.render(config)[Path("dashboards/provider.yml")])["providers"]
    assert provider["options"]["path"] == f"{provisioning.FOLDER}/dashboards"
    assert provider["allowUiUpdates"] is False


def test_the_password_is_on_no_command_line(config: Config) -> None:
    """Only the place of it, inside the container; nothing of the container is writable but its data."""
    options = container._options(config, Engine(name="docker", rootless=True), "digest")
    assert not [word for word in options if secrets.read(config, "grafana-password") in word]
    assert f"GF_SECURITY_ADMIN_PASSWORD__FILE={container.PASSWORD}" in options
    writable = [word for word in options if word.startswith("type=bind") and not word.endswith(",readonly")]
    assert writable == [f"type=bind,source={config.var / 'grafana' / 'data'},target=/var/lib/grafana"]
    assert options[options.index("--user") + 1] == "0"  # a rootless engine's root is the user who runs it


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, None),
        ({"docker": "exit 1"}, None),
        ({"docker": "echo ' []'"}, None),
        ({"docker": "exec sleep 60"}, None),
        ({"docker": "exit 1", "podman": "echo 5.2.1 rootless=true"}, Engine(name="podman", rootless=True)),
        (
            {"docker": "echo 28.2.2 '[name=seccomp]'", "podman": "echo 5.2.1 rootless=true"},
            Engine(name="docker", rootless=False),
        ),
    ],
)
def test_an_engine_counts_where_its_daemon_answers(
    answers: dict[str, str], expected: Engine | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker first; a client without its daemon, or with one that hangs, is no engine."""
    for name, script in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == expected
