"""The audit: who did what, incidents and everything else together, newest first. For administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from tixmaster.console.accounts import Account
from tixmaster.console.rendering import page
from tixmaster.console.settings.forms import may_manage
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store.incidents import name_of
from tixmaster.oncall.store.schema import audit, timeline
from tixmaster.oncall.store.timeline import by_people

SHOWN = 200


@get("/settings/audit", guards=[may_manage], sync_to_thread=True)
def show(request: Request[Account, Any, Any], oncall: OncallHere, before: FromQuery[str] = "") -> Template:
    """What people did; `before` (RFC 3339) goes on below a page."""
    with oncall.desk.database.read() as connection:
        rows = newest(connection, _moment(before) or oncall.desk.now())
    return page(request, "audit", rows=rows[:SHOWN], before=rows[SHOWN - 1]["at"] if len(rows) > SHOWN else None)


def newest(connection: sa.Connection, before: datetime) -> list[dict[str, Any]]:
    """Up to one row more than a page: `{at, by, act, about, address, incident}`."""
    outside = sa.select(
        audit.c.at, audit.c.by, audit.c.act, audit.c.about, audit.c.address, sa.null().label("incident")
    ).where(audit.c.at <= before)
    inside = sa.select(
        timeline.c.at,
        timeline.c.by,
        timeline.c.kind.label("act"),
        timeline.c.text.label("about"),
        sa.literal("").label("address"),
        timeline.c.incident,
    ).where(timeline.c.at <= before, by_people())
    rows: list[dict[str, Any]] = []
    for query, at in ((outside, audit.c.at), (inside, timeline.c.at)):
        found = connection.execute(query.order_by(at.desc()).limit(SHOWN + 1)).mappings()
        rows += [dict(row) | {"incident": name_of(row["incident"]) if row["incident"] else None} for row in found]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[: SHOWN + 1]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


HANDLERS = (show,)
