"""Alerts and silences over a real Alertmanager: what rings, what is muted by what, and what people do about it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tixmaster.console.accounts import Role
from tixmaster.console.lookout import Lookout
from tixmaster.oncall import intake, maintenance
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.store import audit
from tixmaster.stack.monitoring.client import Alertmanager, Silence

from .alertmanager import fire, running
from .conftest import Visitor, open_incident, webhook

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
BACKEND = 'alertname="HighErrorRate"\nservice="backend"'


@pytest.fixture
def alertmanager(oncall: Oncall) -> Iterator[Alertmanager]:
    """The server, and a client of our own to see what it really keeps."""
    config = oncall.desk.config
    with running(config, config.root), Alertmanager(config.url("alertmanager")) as client:
        yield client


def acts(oncall: Oncall) -> list[tuple[str, str]]:
    """What the audit says of silences and windows, newest first."""
    with oncall.desk.database.read() as connection:
        rows = audit.newest(connection, 50)
    return [(row["act"], row["by"]) for row in rows if row["act"].startswith(("silence", "maintenance"))]


def only(alertmanager: Alertmanager) -> Silence:
    (found,) = alertmanager.silences()
    return found


def listed(visitor: Visitor, wanted: str, path: str = "/alerts") -> str:
    """The page, once it shows it: what an alert is muted by, Alertmanager works out a moment after it has come."""
    lookout: Lookout = visitor.client.app.state.lookout
    deadline = time.monotonic() + 120
    while True:
        lookout.alarms.look()
        text = str(visitor.get(path).text)
        if wanted in text:
            return text
        assert time.monotonic() < deadline, f"{path} never showed {wanted!r}: {text}"
        time.sleep(0.05)


def test_alerts_lead_to_their_incident_and_say_what_mutes_them(
    alertmanager: Alertmanager, responder: Visitor, oncall: Oncall
) -> None:
    """One fires, one is inhibited by it, one is silenced; filters narrow the list and stand in the address."""
    fire(
        oncall.desk.config,
        {"alertname": "InstanceDown", "service": "backend"},
        {"alertname": "HighErrorRate", "service": "backend"},
        {"alertname": "DiskFull", "service": "host", "severity": "warning"},
    )
    made = responder.send("/alerts/silences", matchers='service="host"', length="1h", comment="new disk is ordered")
    assert made.headers["location"].startswith("/alerts#s-")
    text = listed(responder, "new disk is ordered (responder)")
    assert "Muted while this fires: " in text
    assert "InstanceDown (backend)" in text
    assert "3 of 3" in text
    assert "1 of 3" in listed(responder, "DiskFull", "/alerts?state=silenced&service=host&q=disk+wrong")
    assert "No alert fits" in responder.get("/alerts?q=nothing-of-the-kind").text
    assert responder.get("/alerts?state=odd").status_code == 400


def test_an_alert_names_its_open_incident(alertmanager: Alertmanager, responder: Visitor, oncall: Oncall) -> None:
    """By the fingerprint that both know it by."""
    fire(oncall.desk.config, {"alertname": "HighErrorRate", "service": "backend"})
    (held,) = alertmanager.alerts()
    body = msgspec.json.decode(webhook())
    body["alerts"][0]["fingerprint"] = held.fingerprint
    intake.store(oncall.desk, msgspec.json.encode(body))
    assert absorb_waiting(oncall.desk) == ["opened"]
    assert 'href="/incidents/INC-1"' in listed(responder, "HighErrorRate")


def test_a_silence_is_looked_at_made_extended_and_ended(
    alertmanager: Alertmanager, responder: Visitor, oncall: Oncall
) -> None:
    """The preview changes nothing; each act is in Alertmanager at once, and in the audit with who did it."""
    fire(oncall.desk.config, {"alertname": "HighErrorRate", "service": "backend"})
    open_incident(oncall)
    listed(responder, "HighErrorRate")
    seen = responder.get("/alerts/silence?length=4h&comment=known&matchers=" + "alertname%3D%22HighErrorRate%22").text
    assert "something is wrong" in seen
    assert "1 times" in seen
    assert "Make the silence" in seen
    assert alertmanager.silences() == ()

    assert responder.send("/alerts/silences", matchers=BACKEND, length="4h", comment="known").status_code == 303
    first = only(alertmanager)
    assert (first.created_by, first.comment, [str(one) for one in first.matchers]) == (
        "responder",
        "known",
        BACKEND.splitlines(),
    )
    assert responder.send(f"/alerts/silences/{first.id}", act="extend", length="1h").status_code == 303
    longer = only(alertmanager)
    assert longer.ends_at - first.ends_at == timedelta(hours=1)
    assert responder.send(f"/alerts/silences/{longer.id}", act="end").status_code == 303
    assert alertmanager.silences() == ()
    assert responder.send(f"/alerts/silences/{longer.id}", act="extend", length="1h").status_code == 400
    assert acts(oncall) == [(f"silence-{act}", "responder") for act in ("ended", "extended", "made")]


def test_what_would_mute_the_alarm_of_a_broken_path_is_refused(
    alertmanager: Alertmanager, responder: Visitor, oncall: Oncall
) -> None:
    """Whichever matchers would do it."""
    fire(oncall.desk.config, {"alertname": "Watchdog", "severity": "none", "env": "local", "service": "prometheus"})
    for matchers in ('alertname="Watchdog"', 'env="local"', 'alertname=~".+"', 'service!="x"'):
        refused = responder.send("/alerts/silences", matchers=matchers, length="1h", comment="quiet please")
        assert refused.status_code == 400, matchers
        assert "Watchdog" in refused.text
    assert alertmanager.silences() == ()


def test_a_form_that_makes_no_sense_is_refused_with_the_reason(responder: Visitor) -> None:
    """Nothing reaches Alertmanager, which is away here."""
    for matchers, length, comment, said in (
        ("no matcher", "1h", "x", "is no matcher"),
        ('a=~"("', "1h", "x", "not a valid regular expression"),
        ("", "1h", "x", "at least one matcher"),
        (BACKEND, "1h", "  ", "say why"),
        (BACKEND, "9y", "x", "could not be read"),
    ):
        refused = responder.send("/alerts/silences", matchers=matchers, length=length, comment=comment)
        assert refused.status_code == 400, matchers
        assert said in refused.text


def test_alertmanager_away_is_said_with_what_to_do(responder: Visitor) -> None:
    """The list says so and what it means; an act says that it could not be done."""
    assert "tix restart monitoring" in listed(responder, "Alertmanager does not answer")
    failed = responder.send("/alerts/silences", matchers=BACKEND, length="1h", comment="x")
    assert failed.status_code == 503
    assert "Alertmanager" in failed.text


def test_a_viewer_sees_no_forms_and_may_send_none(sign_in: Callable[[Role], Visitor]) -> None:
    """Neither silences nor windows, nor the preview."""
    viewer = sign_in("viewer")
    assert "for responders" in viewer.get("/alerts").text
    assert viewer.get("/alerts/silence").status_code == 403
    for path in ("/alerts/silences", "/alerts/silences/x", "/alerts/maintenance", "/alerts/maintenance/1/end"):
        assert viewer.send(path, act="end", title="x", matchers=BACKEND, length="1h", comment="x").status_code == 403


def test_a_forged_form_does_nothing(responder: Visitor, oncall: Oncall) -> None:
    """Without the token of the page there is no act."""
    sent = responder.client.post("/alerts/maintenance", data={"title": "x", "length": "1h"})
    assert sent.status_code == 403
    assert acts(oncall) == []


def test_text_of_strangers_stays_text(alertmanager: Alertmanager, responder: Visitor, oncall: Oncall) -> None:
    """Labels, summaries, links and comments cannot become markup, nor lead elsewhere."""
    labels = {"alertname": f"A{HOSTILE}", "service": HOSTILE, "odd": HOSTILE}
    fire(oncall.desk.config, labels, summary=HOSTILE, dashboard_uid="javascript:alert(1)", panel_id="1")
    assert responder.send("/alerts/silences", matchers='odd="x"', length="1h", comment=HOSTILE).status_code == 303
    text = listed(responder, "&lt;script&gt;alert(1)")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "javascript:" not in text
    link = re.search(r'href="(/alerts/silence\?matchers=[^"]+)"', text)
    assert link
    preview = responder.get(link[1].replace("&amp;", "&")).text
    assert "<script>alert" not in preview
    assert "<img src=x" not in preview


def test_a_window_is_announced_in_the_readers_zone_and_ended(responder: Visitor, oncall: Oncall) -> None:
    """It is on-call's own maintenance, with the audit's rows; what is no moment is refused."""
    begins = (datetime.now(UTC) + timedelta(days=1)).replace(second=0, microsecond=0)
    local = (begins + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    form = {"title": "Upgrade", "service": "postgres", "length": "2h", "zone": "480"}
    assert responder.send("/alerts/maintenance", begins=local, **form).headers["location"] == "/alerts#maintenance"
    with oncall.desk.database.read() as connection:
        (window,) = maintenance.windows(oncall.desk, connection)
    assert (window.title, window.service, window.by) == ("Upgrade", "postgres", "responder")
    assert (window.begins_at, window.ends_at) == (begins, begins + timedelta(hours=2))
    assert "Upgrade" in responder.get("/alerts").text
    assert responder.send("/alerts/maintenance", begins="soon", **form).status_code == 400
    assert responder.send("/alerts/maintenance", begins="", **form | {"title": " "}).status_code == 400
    assert responder.send(f"/alerts/maintenance/{window.number}/end").status_code == 303
    assert "No maintenance is on or planned" in responder.get("/alerts").text
    assert acts(oncall) == [("maintenance-ended", "responder"), ("maintenance-announced", "responder")]
