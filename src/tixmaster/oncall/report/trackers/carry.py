"""Carrying a row of the outbox to the tracker. Every act looks first whether it was done, and so can be repeated."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.outbox import Receipt
from tixmaster.oncall.report.trackers.draft import decode, pack
from tixmaster.oncall.report.trackers.kinds import KINDS
from tixmaster.oncall.report.trackers.text import Draft
from tixmaster.oncall.report.trackers.tracker import Tracker
from tixmaster.oncall.store import incidents
from tixmaster.oncall.store.schema import ticket
from tixmaster.stack.config import Config

if TYPE_CHECKING:
    from tixmaster.oncall.desk import Desk


def open_tracker(config: Config) -> Tracker:
    """The tracker in force; raises `DeliveryError` where there is none or its token cannot be read."""
    settings = config.oncall.tracker
    if settings is None:
        raise DeliveryError("tixmaster.toml has no [oncall.tracker] any more", retry=False)
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
            raise DeliveryError("the incident has no issue: it was refused (see above)", retry=False)
        text = _act(desk, tracker, row["kind"], row["incident"], known["reference"], draft)
        return Receipt(kind="tracker-sent", text=f"{text} {known['url']}")


def _open(tracker: Tracker, row: sa.RowMapping, draft: Draft) -> Receipt:
    found = tracker.find(draft) or tracker.create(draft)
    known = sa.update(ticket).where(ticket.c.incident == row["incident"])
    return Receipt(
        kind="tracker-sent",
        text=f"Issue opened: {found.url}",
        also=(known.values(reference=found.reference, url=found.url),),
    )


def _act(desk: Desk, tracker: Tracker, kind: str, incident: int, reference: str, draft: Draft) -> str:
    match kind:
        case "evidence":
            name = incidents.name_of(incident)
            tracker.attach(reference, f"{draft.mark.replace(':', '-')}.zip", pack(desk, name))
            return "Evidence attached to"
        case "comment":
            if not tracker.has_comment(reference, draft.mark):
                tracker.comment(reference, draft)
            return "Told"
        case "close" | "reopen":
            tracker.set_closed(reference, kind == "close")
            return "Closed" if kind == "close" else "Reopened"
        case _:
            raise DeliveryError(f"nobody knows what {kind!r} means to a tracker", retry=False)
