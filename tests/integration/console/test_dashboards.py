"""The dashboards: what the server gives for a look at one, from a real Prometheus, and what it gives without."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tixmaster.console.dashboards.period import POINTS
from tixmaster.oncall.app import Oncall
from tixmaster.stack.config import Config, Planned
from tixmaster.stack.monitoring.dashboards import DASHBOARDS, PANELS, path_to

from .conftest import Visitor, open_incident
from .prometheus import running

OVERVIEW = "/panels?dashboard=tixmaster-overview"


@pytest.fixture
def prometheus(config: Config, tmp_path: Path) -> Iterator[None]:
    """A Prometheus that has measured a backend for an hour."""
    with running(config, tmp_path):
        yield


@pytest.mark.usefixtures("prometheus")
def test_a_look_brings_lines_tiles_bars_and_whether_objectives_hold(responder: Visitor) -> None:
    """Each line beside the period's moments; a tile beyond its objective is trouble."""
    found = responder.get(f"{OVERVIEW}&range=1h").json()
    moments = (found["to"] - found["from"]) // found["step"] + 1
    (errors,) = found["panels"]["2"]["lines"]
    assert (errors["name"], len(errors["values"]), errors["values"][-30]) == ("backend", moments, 0.03)
    assert [line["tone"] for line in found["panels"]["1"]["lines"]] == [None, "trouble"]
    assert found["tiles"]["101"] | {"value": 0.97, "trouble": True} == found["tiles"]["101"]
    assert not found["tiles"]["102"]["trouble"]
    assert found["panels"]["8"]["rows"] == [{"name": "Finals", "values": [30.0, 4.0, 66.0]}]
    assert found["problem"] is None


@pytest.mark.usefixtures("prometheus")
def test_what_happened_is_marked(responder: Visitor, oncall: Oncall) -> None:
    """An incident over its time with a link to its page, and the start of a process."""
    name = open_incident(oncall, started_at=datetime.now(UTC) - timedelta(minutes=5))
    marks = responder.get(f"{OVERVIEW}&range=1h&only=").json()["marks"]
    assert [(mark["kind"], mark["href"]) for mark in marks] == [("restart", None), ("incident", f"/incidents/{name}")]
    assert marks[0]["text"] == "backend started"
    assert marks[1]["to"] - marks[1]["from"] >= 299


@pytest.mark.usefixtures("prometheus")
def test_prometheus_accepts_every_query(responder: Visitor) -> None:
    """Of every panel and tile, over the longest range, within the number of points."""
    for dashboard in DASHBOARDS:
        every = ",".join(str(panel.id) for panel in dashboard.all_panels)
        found = responder.get(f"/panels?dashboard={dashboard.uid}&range=30d&only={every}").json()
        assert [item["error"] for item in (*found["panels"].values(), *found["tiles"].values()) if item["error"]] == []
        assert found["panels"].keys() == {str(panel.id) for panel in dashboard.all_panels}
        assert (found["to"] - found["from"]) / found["step"] <= POINTS


def test_without_prometheus_the_answer_says_what_to_do(responder: Visitor) -> None:
    """In the reader's language, at once."""
    began = time.monotonic()
    problem = responder.get(OVERVIEW).json()["problem"]
    assert "tix restart monitoring" in problem
    assert "Prometheus does not answer" in problem
    chinese = responder.client.get(OVERVIEW, headers={"Accept-Language": "zh-TW"}).json()["problem"]
    assert "沒有回應" in chinese
    assert time.monotonic() - began < 5


def test_a_range_that_makes_no_sense_is_refused_with_a_reason(responder: Visitor) -> None:
    """As problem details; ids that are none are refused as well."""
    for query, said in (("range=2y", "choose one of 15m"), ("only=1;drop", "ids of panels")):
        answer = responder.get(f"{OVERVIEW}&{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert said in answer.json()["detail"]


def test_a_browser_cannot_bring_queries_of_its_own(responder: Visitor) -> None:
    """Only panels by their ids; what nobody described is not asked."""
    found = responder.get(f"{OVERVIEW}&only=99999&query=up&expr=up").json()
    assert found["panels"] == {}
    assert responder.get("/panels?dashboard=other").status_code == 404


def test_dashboards_are_for_those_who_are_signed_in(visitor: Visitor) -> None:
    """Pages lead to the log-in, numbers are refused."""
    assert visitor.get("/dashboards").headers["location"].startswith("/login")
    assert visitor.get("/dashboards/tixmaster-overview").headers["location"].startswith("/login")
    assert visitor.get(OVERVIEW).status_code == 401


def test_a_page_holds_every_panel_with_its_words(responder: Visitor) -> None:
    """Titles and what each answers, in both languages, readable before anything is drawn."""
    listed = responder.get("/dashboards").text
    for dashboard in DASHBOARDS:
        english = responder.get(f"/dashboards/{dashboard.uid}").text
        chinese = responder.client.get(f"/dashboards/{dashboard.uid}", headers={"Accept-Language": "zh-TW"}).text
        assert f'href="/dashboards/{dashboard.uid}"' in listed
        for panel in dashboard.all_panels:
            assert f'id="panel-{panel.id}"' in english
            assert panel.title_zh in chinese
            assert panel.answers_zh in chinese


def test_every_link_of_a_panel_opens(responder: Visitor) -> None:
    """As alerts and mails have it."""
    for panel in PANELS:
        assert responder.get(path_to(panel)).status_code == 200
    assert responder.get("/dashboards/none").status_code == 404


def test_an_incident_leads_to_the_dashboard_at_its_time(responder: Visitor, oncall: Oncall) -> None:
    """The telling panel of its alert, from a while before."""
    name = open_incident(oncall)
    wanted = "/dashboards/tixmaster-overview?panel=2&amp;from=2026-03-01T02:57:40Z&amp;to=2026-03-02T03:12:40Z"
    assert wanted in responder.get(f"/incidents/{name}").text


def test_the_calendar_is_marked(sign_in: Callable[..., Visitor], oncall: Oncall, config: Config) -> None:
    """What is planned, where it meets the period."""
    now = datetime.now(UTC)
    planned = Planned(title="Finals", kind="on-sale", begins=now - timedelta(minutes=20), ends=now + timedelta(hours=1))
    object.__setattr__(oncall.desk, "config", msgspec.structs.replace(config, calendar=(planned,)))
    with running(config, config.root):
        marks = sign_in("viewer").get(f"{OVERVIEW}&only=").json()["marks"]
    assert [(mark["kind"], mark["text"]) for mark in marks if mark["kind"] != "restart"] == [
        ("on-sale", "on-sale: Finals")
    ]
