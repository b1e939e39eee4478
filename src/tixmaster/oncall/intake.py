"""Stage 1, intake: an Alertmanager webhook becomes stored alert events.

The answer is 2xx only after the commit. A body that cannot be read is answered with 4xx, which Alertmanager does not send
again; a 5xx it would repeat for as long as the alert fires. A single alert that makes no sense is left out and kept, with
the reason, for the console (`rejections.py`); everything else is cleaned and bounded here (`normalize.py`).
Protocol: Alertmanager's webhook, version "4" (prometheus.io/docs/alerting/latest/configuration/#webhook_config).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from tixmaster.oncall import normalize, rejections
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import StateBusyError, WebhookError
from tixmaster.oncall.normalize import NormalAlert
from tixmaster.oncall.rejections import Rejection, RejectionReason
from tixmaster.oncall.store import facts, trouble
from tixmaster.oncall.store.bilingual import list_columns
from tixmaster.oncall.store.schema import alert_event
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.said import Said, said, system

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 4 * 1024 * 1024
LARGE_BYTES = 256 * 1024
"""From here on a body is read in a thread, or it would hold up everybody else."""
MOST_ALERTS = 10_000
"""Of one webhook. Alertmanager is asked for the others, as if it had left them out itself."""
MOST_NAMED = 100
"""How many of the alerts that were left out an answer names."""
DEEPEST = 32
"""Levels of lists and objects inside an alert; a webhook has two."""
WATCHDOG_ALERT = "Watchdog"
"""Fires always; its arrival is the heartbeat of Prometheus and Alertmanager, and no event."""


NO_LABELS = Said(
    "`labels` must be a JSON object that holds at least `alertname`", "`labels` 必須是至少包含 `alertname` 的 JSON 物件"
)
TOO_DEEP = Said("lists or objects are nested too deeply", "串列或物件的巢狀層數過多")


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An alert as Alertmanager sends it: the quick way. Keys that later versions add are ignored."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: str = ""
    ends_at: str = ""
    fingerprint: str = ""
    generator_url: str = msgspec.field(name="generatorURL", default="")


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The envelope; its alerts are decoded one by one, so that a bad one cannot hide its neighbours."""

    version: Literal["4"]
    alerts: list[msgspec.Raw]
    truncated_alerts: msgspec.Raw = msgspec.Raw(b"0")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a webhook: events stored now, events known before, heartbeats, alerts left out and why."""

    stored: int
    repeated: int
    heartbeats: int
    refused: list[str]
    rejected: dict[RejectionReason, int]
    """How many alerts were left out, by reason; `refused` names the first of them."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A webhook that was read: the events to store, by their keys."""

    rows: list[dict[str, Any]]
    heartbeats: int
    refused: list[str]
    rejected: list[Rejection]
    truncated: bool
    """Alerts were left out, by Alertmanager (`max_alerts`) or here: it must be asked for them."""
    at: datetime

    def wake(self, desk: Desk) -> None:
        """Wakes those who have something to do now."""
        desk.work.set()
        if self.truncated:
            desk.review.set()


def read(body: bytes, now: datetime, source: str = "webhook") -> Delivery:
    """What a webhook brings; raises `WebhookError` if it is none."""
    sent, truncated = _open(body)
    alerts: list[NormalAlert] = []
    rejected: list[Rejection] = []
    refused: list[str] = []
    for position, one in enumerate(sent[:MOST_ALERTS]):
        made = _decode(one, now) if isinstance(one, msgspec.Raw) else _accept(one, now)
        if isinstance(made, NormalAlert):
            alerts.append(made)
            continue
        reason, detail = made
        rejected.append(Rejection(reason=reason, detail=detail, sent=_as_sent(one), source=source, at=now))
        refused.append(f"alerts[{position}]: {detail}")
    if (beyond := len(sent) - MOST_ALERTS) > 0:
        detail = said(
            "{count:,} alerts beyond the first {most:,} of one webhook; Alertmanager is asked for them",
            "單一 webhook 超出前 {most:,} 則的 {count:,} 則警報；將向 Alertmanager 查詢",
            count=beyond,
            most=MOST_ALERTS,
        )
        first = _as_sent(sent[MOST_ALERTS])
        rejected.append(Rejection(reason="too-many-alerts", detail=detail, sent=first, source=source, at=now))
        refused.append(str(detail))
    events = [alert for alert in alerts if alert.labels["alertname"] != WATCHDOG_ALERT]
    return Delivery(
        rows=[row_of(alert, now) for alert in events],
        heartbeats=len(alerts) - len(events),
        refused=refused[:MOST_NAMED],
        rejected=rejected,
        truncated=truncated or beyond > 0,
        at=now,
    )


def store(desk: Desk, body: bytes, source: str = "webhook") -> Receipt:
    """Commits the alerts of `body` as events and wakes the dispatcher; raises `WebhookError` if it is no webhook."""
    delivery = read(body, desk.now(), source)
    with desk.database.write() as connection:
        (receipt,) = _write(connection, [delivery])
    delivery.wake(desk)
    return receipt


async def store_together(desk: Desk, body: bytes, source: str = "webhook") -> Receipt:
    """As `store`, for many webhooks at once: those that come while another is being committed share a commit."""
    now = desk.now()
    if len(body) < LARGE_BYTES:
        delivery = read(body, now, source)
    else:
        delivery = await asyncio.to_thread(read, body, now, source)
    receipt = await desk.together.carry_out(_write, delivery)
    delivery.wake(desk)
    return receipt


def keep_rejected(desk: Desk, error: WebhookError, body: bytes, source: str) -> None:
    """Writes down a request that was refused as a whole. While the state cannot be written, the log alone has it: the
    answer must stay a refusal, as the same body would be refused again."""
    log.warning("webhook-refused", reason=error.reason, source=source)
    rejection = Rejection(reason=error.reason, detail=error.words, sent=body, source=source, at=desk.now())
    try:
        with desk.database.write() as connection:
            rejections.keep(connection, [rejection])
    except (DBAPIError, StateBusyError) as failure:
        if not trouble.passes(failure):
            raise
        log.warning("rejection-not-kept", error=trouble.words(failure))


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
                rejected=rejections.by_reason(delivery.rejected),
            )
        )
    rejections.keep(connection, [one for delivery in deliveries for one in delivery.rejected])
    return receipts


def _open(body: bytes) -> tuple[Sequence[Any], bool]:
    """The alerts of a webhook, still to be decoded (`Raw`) or decoded without types, and whether some were left out."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _no_webhook("invalid-utf-8", error) from error
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except RecursionError as error:
        raise _no_webhook("too-deep", TOO_DEEP) from error
    except msgspec.DecodeError as error:
        return _open_patiently(text, error)
    return envelope.alerts, bytes(envelope.truncated_alerts) not in (b"0", b"null")


def _open_patiently(text: str, error: msgspec.DecodeError) -> tuple[list[Any], bool]:
    """As `_open`: msgspec takes no lone surrogates, wherever they stand, and Python's own decoder does."""
    try:
        envelope = _loads(text)
    except RecursionError as too_deep:
        raise _no_webhook("too-deep", TOO_DEEP) from too_deep
    except ValueError:
        raise _no_webhook("not-a-webhook", system(error)) from error
    if not isinstance(envelope, dict) or envelope.get("version") != "4" or not isinstance(envelope.get("alerts"), list):
        raise _no_webhook("not-a-webhook", system(error)) from error
    return envelope["alerts"], envelope.get("truncatedAlerts") not in (None, "0")


def too_large() -> WebhookError:
    """The refusal of a body that is longer than is taken."""
    return WebhookError(
        said(
            "a webhook may have at most {most:,} bytes; set `max_alerts` under Alertmanager's `webhook_configs`",
            "webhook 最多 {most:,} 位元組；請在 Alertmanager 的 `webhook_configs` 設定 `max_alerts`",
            most=MAX_BODY_BYTES,
        ),
        "too-large",
    )


def _loads(text: str | bytes) -> Any:
    """JSON with numbers as they were written: some have no other form."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _as_sent(one: Any) -> bytes | str:
    return bytes(one) if isinstance(one, msgspec.Raw) else json.dumps(one, ensure_ascii=False)


def _no_webhook(reason: Literal["not-a-webhook", "invalid-utf-8", "too-deep"], error: Exception | Said) -> WebhookError:
    return WebhookError(
        said(
            "this is not an Alertmanager webhook of version 4: {error}. "
            "Point only Alertmanager's `webhook_configs` at this address.",
            "這不是第 4 版的 Alertmanager webhook：{error}。請只將 Alertmanager 的 `webhook_configs` 指向此位址。",
            error=error if isinstance(error, Said) else system(error),
        ),
        reason,
    )


def _decode(raw: msgspec.Raw, now: datetime) -> NormalAlert | tuple[RejectionReason, Said]:
    """The alert, or why it is none. What only differs in form from what Alertmanager sends is taken all the same."""
    try:
        sent = msgspec.json.decode(raw, type=_Wire)
    except msgspec.DecodeError:
        try:
            return _accept(_loads(bytes(raw)), now)
        except RecursionError:
            return "too-deep", TOO_DEEP
        except ValueError as error:
            return "not-an-alert", said("it is not JSON: {error}", "不是 JSON：{error}", error=system(error))
    if not sent.labels:
        return "no-labels", NO_LABELS
    return _named(
        normalize.alert(
            status=sent.status,
            sent_labels=sent.labels,
            sent_annotations=sent.annotations or {},
            starts_at=sent.starts_at,
            ends_at=sent.ends_at,
            fingerprint=sent.fingerprint,
            generator_url=sent.generator_url,
            now=now,
        )
    )


def _accept(sent: Any, now: datetime) -> NormalAlert | tuple[RejectionReason, Said]:
    """As `_decode`, for an alert with values of other types, lone surrogates or numbers beyond all bounds."""
    if not isinstance(sent, dict):
        return "not-an-alert", Said("an alert is a JSON object", "警報必須是 JSON 物件")
    if _depth(sent) > DEEPEST:
        return "too-deep", TOO_DEEP
    status, labels, annotations = sent.get("status"), sent.get("labels"), sent.get("annotations")
    if status not in ("firing", "resolved"):
        return "no-status", said(
            '`status` is {status}; it must be "firing" or "resolved"',
            '`status` 為 {status}；必須是 `"firing"` 或 `"resolved"`',
            status=normalize.fit(normalize.line(json.dumps(status, ensure_ascii=False)), 100),
        )
    if not isinstance(labels, dict) or not labels:
        return "no-labels", NO_LABELS
    return _named(
        normalize.alert(
            status=status,
            sent_labels=_texts(labels),
            sent_annotations=_texts(annotations) if isinstance(annotations, dict) else {},
            starts_at=_text(sent.get("startsAt")),
            ends_at=_text(sent.get("endsAt")),
            fingerprint=_text(sent.get("fingerprint")),
            generator_url=_text(sent.get("generatorURL")),
            now=now,
        )
    )


def _named(alert: NormalAlert) -> NormalAlert | tuple[RejectionReason, Said]:
    if "alertname" not in alert.labels:
        return "no-alertname", Said("the label `alertname` is missing or empty", "缺少標籤 `alertname`，或其值為空")
    return alert


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    """A value as text: numbers as they were written, null as nothing, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _depth(value: Any) -> int:
    """How deeply lists and objects are nested; without recursion."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        deepest += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


def row_of(alert: NormalAlert, received_at: datetime) -> dict[str, Any]:
    """The event as it is stored."""
    return {
        "key": alert.key,
        "received_at": received_at,
        "fingerprint": alert.fingerprint,
        "status": alert.status,
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "generator_url": alert.generator_url,
        **list_columns(notes=alert.notes),
    }
