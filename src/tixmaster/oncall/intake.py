"""Stage 1, intake: an Alertmanager webhook becomes stored alert events.

The answer is 2xx only after the commit, and only a body that could not be stored is refused for good: Alertmanager sends
a refused body again for ever. A single alert that makes no sense is left out and named in the answer.
Protocol: Alertmanager's webhook, version "4" (prometheus.io/docs/alerting/latest/configuration/#webhook_config).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import WebhookError
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.schema import alert_event
from tixmaster.oncall.store.upsert import insert

MAX_BODY_BYTES = 4 * 1024 * 1024
LARGE_BYTES = 256 * 1024
"""From here on a body is read in a thread, or it would hold up everybody else."""
WATCHDOG_ALERT = "Watchdog"
"""Fires always; its arrival is the heartbeat of Prometheus and Alertmanager, and no event."""
_ZERO_TIME = datetime(1, 1, 1, tzinfo=UTC)


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One alert of the webhook. Keys that later versions add are ignored."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: datetime
    ends_at: datetime = _ZERO_TIME
    fingerprint: str
    generator_url: str = msgspec.field(name="generatorURL", default="")

    @property
    def ended_at(self) -> datetime | None:
        """When it ended; None while it fires (Alertmanager sends the year 1 then)."""
        return None if self.ends_at == _ZERO_TIME else self.ends_at

    @property
    def key(self) -> str:
        return key(self.fingerprint, self.status, self.starts_at, self.ended_at)


def key(fingerprint: str, status: str, starts_at: datetime, ended_at: datetime | None = None) -> str:
    """What makes two deliveries the same event."""
    ended = ended_at.isoformat() if status == "resolved" and ended_at else ""
    return f"{fingerprint}|{status}|{starts_at.isoformat()}|{ended}"


class Webhook(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The envelope; its alerts are decoded one by one, so that a bad one cannot hide its neighbours."""

    version: Literal["4"]
    alerts: list[msgspec.Raw]
    group_key: str = ""
    receiver: str = ""
    truncated_alerts: int = 0


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a webhook: events stored now, events known before, heartbeats, alerts left out and why."""

    stored: int
    repeated: int
    heartbeats: int
    refused: list[str]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A webhook that was read: the events to store, by their keys."""

    rows: list[dict[str, Any]]
    heartbeats: int
    refused: list[str]
    truncated: bool
    """Alertmanager left alerts out (`max_alerts`): it must be asked for them."""
    at: datetime

    def wake(self, desk: Desk) -> None:
        """Wakes those who have something to do now."""
        desk.work.set()
        if self.truncated:
            desk.review.set()


def read(body: bytes, now: datetime) -> Delivery:
    """What a webhook brings; raises `WebhookError` if it is none."""
    try:
        webhook = msgspec.json.decode(body, type=Webhook)
    except msgspec.DecodeError as error:
        raise WebhookError(
            f"this is not an Alertmanager webhook of version 4: {error}. "
            "Point only Alertmanager's webhook_configs at this address."
        ) from error
    alerts, refused = _decode_each(webhook.alerts)
    events = [alert for alert in alerts if alert.labels["alertname"] != WATCHDOG_ALERT]
    return Delivery(
        rows=[_row(alert, now) for alert in events],
        heartbeats=len(alerts) - len(events),
        refused=refused,
        truncated=webhook.truncated_alerts > 0,
        at=now,
    )


def store(desk: Desk, body: bytes) -> Receipt:
    """Commits the alerts of `body` as events and wakes the dispatcher; raises `WebhookError` if it is no webhook."""
    delivery = read(body, desk.now())
    with desk.database.write() as connection:
        (receipt,) = _write(connection, [delivery])
    delivery.wake(desk)
    return receipt


async def store_together(desk: Desk, body: bytes) -> Receipt:
    """As `store`, for many webhooks at once: those that come while another is being committed share a commit."""
    delivery = read(body, desk.now()) if len(body) < LARGE_BYTES else await asyncio.to_thread(read, body, desk.now())
    receipt = await desk.together.carry_out(_write, delivery)
    delivery.wake(desk)
    return receipt


def _write(connection: sa.Connection, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Writes the events and the heartbeat of all in one go; those that are known already change nothing."""
    if beats := [delivery.at for delivery in deliveries if delivery.heartbeats]:
        facts.put(connection, facts.WATCHDOG, "seen", max(beats))
    new: set[str] = set()
    if rows := [row for delivery in deliveries for row in delivery.rows]:
        wanted = insert(connection, alert_event).on_conflict_do_nothing(index_elements=["key"])
        new.update(connection.execute(wanted.returning(alert_event.c.key), rows).scalars())
    receipts = []
    for delivery in deliveries:
        stored = new & {row["key"] for row in delivery.rows}
        new -= stored  # an event that two of them bring is that of the first
        receipts.append(
            Receipt(
                stored=len(stored),
                repeated=len(delivery.rows) - len(stored),
                heartbeats=delivery.heartbeats,
                refused=delivery.refused,
            )
        )
    return receipts


def _decode_each(raws: list[msgspec.Raw]) -> tuple[list[Alert], list[str]]:
    alerts: list[Alert] = []
    refused: list[str] = []
    for position, raw in enumerate(raws):
        try:
            alert = msgspec.json.decode(raw, type=Alert)
        except msgspec.DecodeError as error:
            refused.append(f"alerts[{position}]: {error}")
            continue
        if not alert.labels.get("alertname") or not alert.fingerprint:
            refused.append(f"alerts[{position}]: an alert needs a fingerprint and the label alertname")
        elif alert.starts_at.tzinfo is None:
            refused.append(f"alerts[{position}]: startsAt has no time zone")
        else:
            alerts.append(alert)
    return alerts, refused


def _row(alert: Alert, received_at: datetime) -> dict[str, Any]:
    return {
        "key": alert.key,
        "received_at": received_at,
        "fingerprint": alert.fingerprint,
        "status": alert.status,
        "starts_at": alert.starts_at,
        "ends_at": alert.ended_at,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "generator_url": alert.generator_url,
    }
