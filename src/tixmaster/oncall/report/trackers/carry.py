"""Carrying a row of the outbox to the tracker. Every act looks first whether it was done, and so can be repeated."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.outbox import Receipt
from tixmaster.oncall.report.record import pack
from tixmaster.oncall.report.trackers.draft import decode
from tixmaster.oncall.report.trackers.kinds import KINDS
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Tracker
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import ticket
from tixmaster.stack.config import Config
from tixmaster.stack.said import Said, said

if TYPE_CHECKING:
    from tixmaster.oncall.desk import Desk


def open_tracker(config: Config) -> Tracker:
    """The tracker in force; raises `DeliveryError` where there is none or its token cannot be read."""
    settings = config.oncall.tracker
    if settings is None:
        raise DeliveryError(
            said("tixmaster.toml has no [oncall.tracker] any more", "tixmaster.toml 已無 [oncall.tracker]"), retry=False
        )
    return KINDS[settings.kind].open(config)


def deliver(desk: Desk, row: sa.RowMapping) -> Receipt:
    """Opens the issue, attaches, comments, closes or reopens, as the row says."""
    with closing(open_tracker(desk.config)) as tracker:
        draft = decode(row["body"])
        if row["kind"] == "issue":
            return _open(tracker, row, draft)
        with desk.database.read() as connection:
            known = incidents.ticket_of(connection, row["incident"])
        if known is None or known["reference"] is None:
            lacking = said("the incident has no issue: it was refused (see above)", "此事件沒有議題：先前遭拒（見上）")
            raise DeliveryError(lacking, retry=False)
        done = _act(desk, tracker, row["kind"], row["incident"], known["reference"], draft)
        return Receipt(kind="tracker-sent", text=done.filled(url=known["url"]))


def _open(tracker: Tracker, row: sa.RowMapping, draft: Draft) -> Receipt:
    found = tracker.find(draft) or tracker.create(draft)
    if not found.url.startswith(("http://", "https://")):  # it becomes a link on the incident's page
        wrong = said(
            "the tracker gives {url!r} as the issue's address, which is none",
            "追蹤系統提供的議題網址 {url!r} 無效",
            url=found.url,
        )
        raise DeliveryError(wrong, retry=False)
    known = sa.update(ticket).where(ticket.c.incident == row["incident"])
    return Receipt(
        kind="tracker-sent",
        text=said("Issue opened: {url}", "已建立議題：{url}", url=found.url),
        also=(known.values(reference=found.reference, url=found.url),),
    )


def _act(desk: Desk, tracker: Tracker, kind: str, incident: int, reference: str, draft: Draft) -> Said:
    """Does it; returns what was done, with a place for the issue's `url`."""
    match kind:
        case "evidence":
            name = incidents.name_of(incident)
            tracker.attach(reference, f"{draft.mark.replace(':', '-')}.zip", pack(desk, name))
            return Said("Evidence attached to {url}", "已將證據附加至 {url}")
        case "comment":
            if not tracker.has_comment(reference, draft.mark):
                tracker.comment(reference, draft)
            return Said("Told {url}", "已通知 {url}")
        case "close" | "reopen":
            tracker.set_closed(reference, kind == "close")
            return (
                Said("Closed {url}", "已關閉 {url}") if kind == "close" else Said("Reopened {url}", "已重新開啟 {url}")
            )
        case _:
            raise DeliveryError(
                said("nobody knows what {kind!r} means to a tracker", "追蹤系統不支援 {kind!r}", kind=kind), retry=False
            )
