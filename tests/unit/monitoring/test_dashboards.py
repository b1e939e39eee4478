"""The dashboards as a description: few, told in both languages, each panel with its reason, each alert with its panel."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import dashboards, rules
from tixmaster.stack.monitoring.dashboards import DASHBOARDS, PANELS, dashboard_of, panels_for
from tixmaster.stack.monitoring.timings import STANDARD

TILES = [tile for item in DASHBOARDS for tile in item.tiles]
OLD_LINKS = {
    1: "request-rate",
    2: "error-ratio",
    3: "latency-p95",
    4: "orders",
    5: "visitors",
    6: "instances-up",
}
"""Panels that stand in records and mails of earlier releases."""


def test_ids_are_unique_and_those_of_old_links_stay() -> None:
    """Among panels and tiles of all dashboards: Grafana has both in one list."""
    ids = [panel.id for panel in PANELS] + [tile.id for tile in TILES]
    assert len(set(ids)) == len(ids)
    assert len({panel.uid for panel in PANELS}) == len(PANELS)
    assert {panel.id: panel.uid for panel in PANELS if panel.id in OLD_LINKS} == OLD_LINKS
    assert dashboards.DASHBOARD_UID == "tixmaster-overview"


@pytest.mark.parametrize("item", DASHBOARDS, ids=lambda item: item.uid)
def test_a_dashboard_is_read_in_ten_seconds(item: dashboards.Dashboard) -> None:
    """At most eight panels and six numbers at first sight; each number leads to the panel that explains it."""
    assert len(item.panels) <= 8
    assert len(item.tiles) <= 6
    assert all(tile.panel in item.all_panels for tile in item.tiles)


def test_everything_is_told_in_both_languages() -> None:
    """Titles, and what each panel and dashboard is there for."""
    titles = [(item.title, item.title_zh) for item in PANELS] + [(item.title, item.title_zh) for item in TILES]
    assert all(all(pair) for pair in titles)
    answers = [(item.answers, item.answers_zh) for item in PANELS]
    for english, chinese in (*answers, *((item.answers, item.answers_zh) for item in DASHBOARDS)):
        assert english.endswith((".", "?"))
        assert chinese.endswith(("。", "？"))


def test_every_alert_has_panels_of_its_own_that_its_links_open(settings: Config) -> None:
    """The telling one first; an alert that nobody described gets the golden signals."""
    for group in rules.groups(settings, STANDARD):
        for alert in group.alerts:
            panel = panels_for(alert.name)[0]
            assert alert.name in dashboards._OF_ALERT, f"{alert.name} has no panel"
            assert alert.annotations["dashboard_uid"] == dashboard_of(panel).uid
            place = f"/dashboards/{dashboard_of(panel).uid}?panel={panel.id}"
            assert alert.annotations["dashboard_url"] == settings.link("oncall", place)
    assert panels_for("SomethingNew")[0].uid == "error-ratio"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_every_query_is_promql(tmp_path: Path) -> None:
    """Of panels and tiles, by promtool, as if they were recorded."""
    queries = [query.expr for panel in PANELS for query in panel.queries]
    for tile in TILES:
        queries += [query.expr for query in (tile.query, tile.usual) if query]
    file = tmp_path / "queries.yml"
    recorded = [{"record": f"query:{number}", "expr": expr} for number, expr in enumerate(queries)]
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}))
    done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
