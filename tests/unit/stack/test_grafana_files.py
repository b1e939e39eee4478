"""What Grafana is given: its data source, its dashboard, and how it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.grafana import container, provisioning
from tixmaster.stack.grafana.engine import Engine, find
from tixmaster.stack.monitoring.panels import INSTANCES, PANELS, VISITORS
from tixmaster.stack.monitoring.rules import groups
from tixmaster.stack.monitoring.timings import PROFILES


def test_the_dashboard_has_every_panel_with_its_queries(config: Config) -> None:
    """Under the panel's own id, its title, its expressions and legends."""
    dashboard = json.loads(provisioning.render(config)[provisioning.DASHBOARD])
    shown = {panel["id"]: panel for panel in dashboard["panels"]}
    assert shown.keys() == {panel.id for panel in PANELS}
    for panel in PANELS:
        targets = shown[panel.id]["targets"]
        assert shown[panel.id]["title"] == panel.title
        assert [(t["expr"], t["legendFormat"]) for t in targets] == [(q.expr, q.legend) for q in panel.queries]
        assert len({t["refId"] for t in targets}) == len(targets)


def test_no_two_panels_lie_on_one_place() -> None:
    """Inside the grid of 24 columns."""
    places = [panel["gridPos"] for panel in provisioning.dashboard()["panels"]]
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_thresholds_are_red_on_the_side_of_trouble() -> None:
    """Below a floor, above a ceiling; a panel without an objective has none."""
    shown = {panel["id"]: panel["fieldConfig"]["defaults"] for panel in provisioning.dashboard()["panels"]}
    ceilings = [panel for panel in PANELS if panel.threshold is not None and not panel.threshold_is_floor]
    for panel in ceilings:
        assert shown[panel.id]["thresholds"]["steps"][1] == {"color": "red", "value": panel.threshold}
    assert shown[INSTANCES.id]["thresholds"]["steps"][0] == {"color": "red", "value": None}
    assert shown[VISITORS.id]["custom"]["thresholdsStyle"]["mode"] == "off"


def test_every_query_asks_the_data_source_that_is_there(config: Config) -> None:
    """By its uid; it is our Prometheus."""
    files = provisioning.render(config)
    (source,) = yaml.safe_load(files[Path("datasources/prometheus.yml")])["datasources"]
    panels = json.loads(files[provisioning.DASHBOARD])["panels"]
    asked = {item["datasource"]["uid"] for panel in panels for item in (panel, *panel["targets"])}
    assert asked == {source["uid"]}
    assert source["url"] == config.url("prometheus")


def test_the_provider_reads_the_folder_of_the_dashboard(config: Config) -> None:
    """Grafana's file provider, read-only for its users."""
    (provider,) = yaml.safe_load(provisioning.render(config)[Path("dashboards/provider.yml")])["providers"]
    assert provider["options"]["path"] == f"{provisioning.FOLDER}/dashboards"
    assert provider["allowUiUpdates"] is False


def test_the_links_of_alerts_open_a_panel_of_this_dashboard(config: Config) -> None:
    """`/d/<uid>?viewPanel=<id>`."""
    alerts = [alert for group in groups(config, PROFILES["standard"]) for alert in group.alerts]
    links = {link for alert in alerts if (link := alert.annotations.get("dashboard_url"))}
    dashboard = provisioning.dashboard()
    assert links
    assert links <= {
        config.url("grafana", f"/d/{dashboard['uid']}?viewPanel={panel['id']}") for panel in dashboard["panels"]
    }


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
