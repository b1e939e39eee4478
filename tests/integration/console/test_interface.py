"""What programs get: the webhook, the API, health and metrics, and errors as problem details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from tixmaster.console.app import create_app
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.intake import MAX_BODY_BYTES

from .conftest import Client, open_incident, webhook

Bearer = Callable[[str], dict[str, str]]
WEBHOOK = "/webhook/alertmanager"


def test_the_webhook_takes_an_alert_once(client: Client, bearer: Bearer) -> None:
    """A repeated delivery is answered with 2xx and stored once."""
    for stored, repeated in ((1, 0), (0, 1)):
        answer = client.post(WEBHOOK, content=webhook(), headers=bearer("webhook-token"))
        assert answer.status_code == 200
        receipt = answer.json()
        assert (receipt["stored"], receipt["repeated"], receipt["refused"]) == (stored, repeated, [])


@pytest.mark.parametrize(
    ("content", "token", "status"),
    [
        (webhook(), "api-token", 401),
        (b"not JSON", "webhook-token", 400),
        (b'{"version":"3","alerts":[]}', "webhook-token", 400),
        (b" " * (MAX_BODY_BYTES + 1), "webhook-token", 413),
    ],
)
def test_a_bad_webhook_gets_a_clear_answer(
    client: Client, bearer: Bearer, content: bytes, token: str, status: int
) -> None:
    """Wrong token, malformed, another version, oversized."""
    answer = client.post(WEBHOOK, content=content, headers=bearer(token))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]


def test_the_api_names_its_problems(client: Client, oncall: Oncall, bearer: Bearer) -> None:
    """Unknown incident 404, nothing to decide 409, a wrong body 400 with the place."""
    name = open_incident(oncall)
    token = bearer("api-token")
    unknown = client.get("/api/incidents/INC-7", headers=token)
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not Found")
    decided = client.post(f"/api/incidents/{name}/approve", json={"by": "ann"}, headers=token)
    assert (decided.status_code, "nothing waits for approval" in decided.json()["detail"]) == (409, True)
    wrong = client.post(f"/api/incidents/{name}/note", json={"by": "ann"}, headers=token)
    assert wrong.status_code == 400
    assert "text" in str(wrong.json())


def test_the_api_shows_an_incident_and_takes_acts(client: Client, oncall: Oncall, bearer: Bearer) -> None:
    """Without a CSRF token: the bearer is enough."""
    name = open_incident(oncall)
    token = bearer("api-token")
    assert client.post(f"/api/incidents/{name}/ack", json={"by": "ann"}, headers=token).status_code == 200
    shown = client.get("/api/incidents?state=open", headers=token).json()["incidents"]
    assert [(item["id"], item["state"]) for item in shown] == [(name, "acknowledged")]


def test_an_unexpected_error_keeps_its_inside_to_itself(client: Client, oncall: Oncall, bearer: Bearer) -> None:
    """The answer says where to look, not what broke."""
    with oncall.desk.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE incident RENAME TO elsewhere")
    answer = client.get("/api/incidents", headers=bearer("api-token"))
    assert answer.status_code == 500
    assert "incident" not in answer.json()["detail"]
    assert "error.log" in answer.json()["detail"]


def test_health_is_open_and_the_numbers_are_not(client: Client, bearer: Bearer) -> None:
    """Health names the Watchdog's last beat; a client that is not on a loopback address needs the metrics' token."""
    assert client.get("/health").json() == {"status": "OK", "watchdogSeenAt": None}
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers=bearer("api-token")).status_code == 403
    assert client.get("/metrics", headers=bearer("metrics-token")).status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("192.0.2.7", {}, 200),
        ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("192.0.2.8", {}, 403),
    ],
)
async def test_the_numbers_are_for_this_machine_and_allowed_networks(
    oncall: Oncall, peer: str, headers: dict[str, str], status: int
) -> None:
    """A proxy makes its visitors neither."""
    config = msgspec.structs.replace(oncall.desk.config, metrics_allow=("192.0.2.7",))
    object.__setattr__(oncall.desk, "config", config)
    app: Any = create_app(oncall, CollectorRegistry())
    transport = httpx.ASGITransport(app, client=(peer, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://oncall.test") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status
