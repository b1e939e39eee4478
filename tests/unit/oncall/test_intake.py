"""Intake: what Alertmanager sends is stored once, and what makes no sense is named."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from tixmaster.oncall import intake
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import WebhookError
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.schema import alert_event

from .conftest import START, Clock, Webhook


def events(desk: Desk) -> int:
    with desk.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(alert_event)).scalar_one())


def test_a_webhook_is_on_disk_when_it_is_answered(desk: Desk, webhook: Webhook) -> None:
    """The receipt counts what another connection can read."""
    assert intake.store(desk, webhook()).stored == 1
    assert events(desk) == 1
    assert desk.work.is_set()


def test_a_repeated_delivery_is_no_second_event(desk: Desk, webhook: Webhook) -> None:
    """Alertmanager is at-least-once; the same alert in the same state counts once."""
    body = webhook()
    intake.store(desk, body)
    receipt = intake.store(desk, body)
    assert (receipt.stored, receipt.repeated) == (0, 1)
    assert events(desk) == 1


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"{}", b'{"version":"3","alerts":[]}', b'{"version":"4"}', b"\xff"]
)
def test_what_is_no_webhook_is_refused(desk: Desk, body: bytes) -> None:
    """The message says what was expected."""
    with pytest.raises(WebhookError, match="version 4"):
        intake.store(desk, body)
    assert events(desk) == 0


def test_one_bad_alert_does_not_hide_its_neighbours(desk: Desk, webhook: Webhook) -> None:
    """A webhook that is refused whole would be sent again for ever; so the bad alert is named and the good one kept."""
    good = msgspec.json.decode(webhook())
    bad = [{**good["alerts"][0], "status": "on fire"}, {**good["alerts"][0], "labels": {}}, "text"]
    good["alerts"] += bad
    receipt = intake.store(desk, msgspec.json.encode(good))
    assert receipt.stored == 1
    assert [text.split(":")[0] for text in receipt.refused] == ["alerts[1]", "alerts[2]", "alerts[3]"]


def test_keys_of_later_versions_are_ignored(desk: Desk, webhook: Webhook) -> None:
    """Alertmanager adds fields without a new version number."""
    body = msgspec.json.decode(webhook())
    body["newKey"] = body["alerts"][0]["anotherKey"] = 1
    assert intake.store(desk, msgspec.json.encode(body)).stored == 1


def test_every_watchdog_is_a_heartbeat_and_none_an_event(desk: Desk, webhook: Webhook, clock: Clock) -> None:
    """Its repeats are all alike; each moves the time it was last seen."""
    for _ in range(2):
        clock.pass_by(60)
        receipt = intake.store(desk, webhook("Watchdog", starts_at=START))
        assert (receipt.heartbeats, receipt.stored, receipt.repeated) == (1, 0, 0)
    with desk.database.read() as connection:
        assert facts.watchdog_seen_at(connection) == clock.now
    assert events(desk) == 0


@pytest.mark.parametrize("constant", ["1", "x", "INC-1", "!!", "0" * 64])
def test_a_constant_fingerprint_hides_no_alert(desk: Desk, webhook: Webhook, constant: str) -> None:
    """A script that writes the same for all: two names are two alerts, and an end still finds its beginning."""
    for name in ("DiskFull", "CertificateExpires"):
        assert intake.store(desk, webhook(name, fingerprint=constant)).stored == 1
    first, second = (
        intake.read(webhook("DiskFull", status, fingerprint=constant), desk.now()).rows[0]
        for status in ("firing", "resolved")
    )
    assert first["fingerprint"] == second["fingerprint"]
