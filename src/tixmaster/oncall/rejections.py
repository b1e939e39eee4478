"""Alerts that led to no incident although they should have: refused at intake, or without a decision.

Each is counted (`oncall_alerts_rejected_total`), which raises the alert `AlertsRejected`, and the console lists it among the
alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.normalize import fit, line
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import rejected_alert
from tixmaster.stack.said import Said

RejectionReason = Literal[
    "not-a-webhook",
    "invalid-utf-8",
    "too-deep",
    "too-large",
    "too-many-alerts",
    "not-an-alert",
    "no-status",
    "no-labels",
    "no-alertname",
    "undecidable",
]
"""Why; the same word is stored, logged and counted."""
REASONS: tuple[RejectionReason, ...] = get_args(RejectionReason)

KEPT = 500
"""How many rows are kept, the newest: a sender that is broken for a night must not fill the disk."""
KEPT_FOR = timedelta(days=30)
EXCERPT = 500
_READ = 2_000
"""How much of what was sent is looked at for the excerpt."""
DETAIL = 300
SOURCE = 100


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """One alert, or one whole request, that was rejected."""

    reason: RejectionReason
    detail: Said
    """What is wrong with it, in words."""
    sent: bytes | str
    """What was sent, or the beginning of it."""
    source: str
    """Where it came from, for example `webhook 127.0.0.1`."""
    at: datetime


def keep(connection: sa.Connection, rejections: Sequence[Rejection]) -> None:
    """Writes them down, redacted and cut, and removes what is old or too much."""
    if not rejections:
        return
    connection.execute(sa.insert(rejected_alert), [_row(one) for one in rejections[-KEPT:]])
    newest = connection.execute(sa.select(sa.func.max(rejected_alert.c.id))).scalar_one()
    oldest = max(one.at for one in rejections) - KEPT_FOR
    too_old = sa.or_(rejected_alert.c.id <= newest - KEPT, rejected_alert.c.received_at < oldest)
    connection.execute(sa.delete(rejected_alert).where(too_old))


def newest(connection: sa.Connection, limit: int) -> list[dict[str, Any]]:
    """The newest rows first."""
    query = sa.select(rejected_alert).order_by(rejected_alert.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def count(connection: sa.Connection) -> int:
    """How many are kept."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(rejected_alert)).scalar_one())


def by_reason(rejections: Iterable[Rejection]) -> dict[RejectionReason, int]:
    """How many of each reason."""
    counted: dict[RejectionReason, int] = {}
    for one in rejections:
        counted[one.reason] = counted.get(one.reason, 0) + 1
    return counted


def excerpt(sent: bytes | str) -> str:
    """The beginning of what was sent, on one line, without secrets."""
    text = sent[: 4 * _READ].decode(errors="replace") if isinstance(sent, bytes) else sent
    return fit(redact(line(text[:_READ])), EXCERPT)


def _row(one: Rejection) -> dict[str, Any]:
    return {
        "received_at": one.at,
        "reason": one.reason,
        "excerpt": excerpt(one.sent),
        "source": fit(line(one.source), SOURCE),
        **columns(detail=one.detail.map(lambda text: fit(line(text), DETAIL))),
    }
