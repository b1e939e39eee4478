"""Bad input and broken surroundings: a clear answer, and nothing lost."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes

import pytest

from tixmaster.oncall.client import OncallClient

from .conftest import Oncall, eventually, webhook


def test_the_webhook_tells_what_is_wrong_with_it(oncall: Oncall) -> None:
    """A wrong token, a body that is no webhook, and one that is too large are told apart."""
    assert oncall.post(webhook("InstanceDown"), token="wrong").status_code == 401
    malformed = oncall.post(b"{")
    assert (malformed.status_code, malformed.headers["content-type"]) == (400, "application/problem+json")
    assert oncall.post(b" " * 5_000_000).status_code == 413


@pytest.mark.usefixtures("catcher")
def test_an_unknown_alert_is_handled_by_the_generic_runbook(oncall: Oncall) -> None:
    """Prometheus and the database being away, the steps say so, and the mail and the record come all the same."""
    name = oncall.fire("SomethingNew")
    eventually(lambda: "mail-sent" in oncall.kinds(name))
    found = oncall.incident(name)
    assert "generic.md" in next(row["text"] for row in found["timeline"] if row["kind"] == "runbook")
    status = {step["key"]: step["status"] for step in found["steps"]}
    assert status["monitoring"] == "failed"
    assert status["database_port"] == "failed"
    (path,) = oncall.mails()
    assert message_from_bytes(path.read_bytes())["Subject"].startswith("[critical] SomethingNew on the backend")
    folder = oncall.config.var / "records" / name
    for item in json.loads((folder / "manifest.json").read_bytes()):
        if item["status"] == "ok":
            assert hashlib.sha256((folder / item["path"]).read_bytes()).hexdigest() == item["sha256"]
        else:
            assert item["reason"]


@pytest.mark.usefixtures("catcher")
def test_a_resolved_alert_closes_nothing_while_prometheus_is_away(oncall: Oncall) -> None:
    """`resolved` can mean that the monitoring died; the timeline says what is waited for."""
    body = webhook("InstanceDown")
    oncall.post(body).raise_for_status()
    with OncallClient(oncall.config) as client:
        name = str(eventually(lambda: client.incidents("open"))[0]["id"])
    eventually(lambda: "mail-sent" in oncall.kinds(name))
    ended = json.loads(body)
    ended["alerts"][0] |= {"status": "resolved", "endsAt": ended["alerts"][0]["startsAt"]}
    oncall.post(json.dumps(ended).encode()).raise_for_status()
    eventually(lambda: "close-waits" in oncall.kinds(name), within=45)
    assert oncall.incident(name)["state"] == "resolved"


def test_a_storm_of_alerts_is_stored_whole(oncall: Oncall) -> None:
    """Two hundred alerts from eight senders, some twice: an incident each, none doubled."""
    bodies = [webhook("Storm", service=f"kiosk-{number}") for number in range(100)]
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda body: oncall.post(body).status_code, bodies * 2))
    assert set(answers) == {200}
    with OncallClient(oncall.config) as client:
        eventually(lambda: len(client.incidents("all")) == len(bodies), within=60)
