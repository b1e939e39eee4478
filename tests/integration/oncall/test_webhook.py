"""What arrives at the webhook: refused, repeated, unknown, too much at once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tixmaster.oncall.intake import MAX_BODY_BYTES

from .conftest import Alert, Oncall, eventually, texts, webhook
from .servers import mail_server, mails


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic b25jYWxsOng="])
def test_without_the_token_nothing_is_taken(oncall: Oncall, authorization: str) -> None:
    """The answer names the secret that is wanted, and no incident comes of the alert."""
    alert = Alert(name="HighErrorRate")
    answer = oncall.post(webhook(alert.as_json()), authorization)
    assert answer.status_code == 401
    assert "var/secrets/webhook-token" in answer.json()["detail"]
    assert oncall.incidents_of(alert) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"version": "3", "alerts": []}', b'{"version": "4"}', b"\xff"])
def test_what_is_no_webhook_is_refused(oncall: Oncall, body: bytes) -> None:
    """For good, so that Alertmanager does not send it again for ever."""
    answer = oncall.post(body)
    assert answer.status_code == 400
    assert "not an Alertmanager webhook of version 4" in answer.json()["detail"]


def test_a_bad_alert_does_not_hide_its_neighbour(oncall: Oncall) -> None:
    """It is named in the answer; the other opens its incident."""
    good = Alert(name="BesideABadOne")
    answer = oncall.post(webhook({"status": "on fire"}, good.as_json()))
    assert answer.status_code == 200
    assert answer.json()["refused"][0].startswith("alerts[0]: ")
    eventually(lambda: oncall.incidents_of(good))


def test_a_body_without_end_is_cut_off(oncall: Oncall) -> None:
    """With 413; on-call goes on."""
    assert oncall.post(b" " * (MAX_BODY_BYTES + 1)).status_code == 413
    assert oncall.post(webhook()).status_code == 200


def test_a_repeated_delivery_is_one_incident(oncall: Oncall) -> None:
    """Alertmanager delivers at least once."""
    alert = Alert(name="Repeated")
    receipts = [oncall.tell(alert) for _ in range(3)]
    assert [(item["stored"], item["repeated"]) for item in receipts] == [(1, 0), (0, 1), (0, 1)]
    incident = oncall.wait(eventually(lambda: oncall.incidents_of(alert))[0]["id"], "mail-written")
    assert len(oncall.incidents_of(alert)) == len(texts(incident, "alert-firing")) == 1


@pytest.mark.usefixtures("error_log")
def test_an_unknown_alert_is_handled_by_the_generic_runbook(oncall: Oncall) -> None:
    """One mail with its proof attached, and a record that can be read and checked without on-call."""
    with mail_server(oncall.config):
        incident = oncall.wait(oncall.open(Alert(name="NobodyKnowsThis")), "mail-sent")
    assert "(generic.md)" in texts(incident, "runbook")[0]
    (message,) = mails(oncall.config, incident["id"])
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert set(attached) == {"error-log.txt", "signatures.json"}
    assert "no seat for [e-mail], password=[secret]" in str(attached["error-log.txt"])
    record = Path(incident["record"])
    words = (record / "incident.md").read_text()
    assert "## English" in words
    assert "## 中文" in words
    assert {"diagnosed", "evidence-complete"} <= {
        row["kind"] for row in json.loads((record / "timeline.json").read_text())
    }
    kept = [item for item in json.loads((record / "manifest.json").read_text()) if item["status"] == "ok"]
    assert {item["kind"] for item in kept} >= {"alerts", "findings", "log-excerpt", "signatures"}
    for item in kept:
        assert hashlib.sha256((record / item["path"]).read_bytes()).hexdigest() == item["sha256"]


@pytest.mark.parametrize("service", ["../../../etc", "s" * 300, "a\x00b"])
def test_a_strange_service_breaks_no_stage(oncall: Oncall, service: str) -> None:
    """Labels come from outside; whatever they say, the run ends with a mail."""
    incident = oncall.wait(oncall.open(Alert(name="StrangeService", service=service)), "mail-written")
    assert texts(incident, "stage-failed") == []


def test_a_long_line_stops_neither_intake_nor_console_nor_the_dead_mans_switch(oncall: Oncall) -> None:
    """20,000 characters that the redaction reads, and a line that any visitor can plant: the run ends with a mail, and the
    heartbeat, the API and another alert come through meanwhile."""
    long, beside = Alert(name="LongLine"), Alert(name="BesideALongLine", service="frontend")
    line = "GET /" + "-" * 7_000 + "?token=1"
    annotations = {"summary": "-" * 20_000 + " token", "description": line}
    watchdog = Alert(name="Watchdog", service="prometheus")
    assert oncall.post(webhook(long.as_json() | {"annotations": annotations})).json()["stored"] == 1
    assert oncall.tell(watchdog)["heartbeats"] == 1
    oncall.wait(oncall.open(beside), "mail-written")
    found = eventually(lambda: [item for item in oncall.client.incidents() if item["alertname"] == "LongLine"])
    assert found[0]["title"].endswith("… (cut, 19,706 characters)")
    incident = oncall.wait(found[0]["id"], "mail-written")
    assert texts(incident, "stage-failed") == []


def test_in_a_storm_nothing_is_lost_and_nothing_is_doubled(oncall: Oncall) -> None:
    """200 alerts of ten fingerprints, in eight webhooks at once: 200 events, ten incidents, ten mails."""
    family = [Alert(name=f"Storm{number}") for number in range(10)]
    alerts = [family[number % 10].later(number) for number in range(200)]
    with ThreadPoolExecutor(8) as senders:
        receipts = list(senders.map(lambda begin: oncall.tell(*alerts[begin::8]), range(8)))
    assert sum(item["stored"] for item in receipts) == 200
    eventually(lambda: not _undecided(oncall))
    opened = [oncall.incidents_of(alert) for alert in family]
    assert [len(found) for found in opened] == [1] * 10
    for (incident,) in opened:
        oncall.wait(incident["id"], "mail-written")


def _undecided(oncall: Oncall) -> int:
    """Stored events that no decision was taken on yet."""
    with sqlite3.connect(oncall.config.var / "oncall" / "oncall.sqlite") as state:
        return int(state.execute("SELECT count(*) FROM alert_event WHERE decision IS NULL").fetchone()[0])
