"""The audit: who did what outside of incidents. A row is written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall.store.schema import audit

Act = Literal[
    "signed-in",
    "sign-in-refused",
    "password-changed",
    "signed-out-everywhere",
    "account-created",
    "account-ended",
    "account-restored",
    "role-changed",
    "token-created",
    "token-ended",
    "drill-started",
    "drill-cancelled",
    "deploy-begun",
    "maintenance-announced",
    "maintenance-ended",
    "silence-made",
    "silence-extended",
    "silence-ended",
    "postmortem-saved",
    "runbook-run",
]
"""What can be done; the same word is stored and shown."""

HERE = "this machine"
"""The address of what somebody does at the command line."""


def write(connection: sa.Connection, act: Act, about: str, *, by: str, at: datetime, address: str = HERE) -> None:
    """Writes one row: what was done, about what, by whom, from where."""
    connection.execute(sa.insert(audit).values(act=act, about=about, by=by, at=at, address=address))


def deploys(connection: sa.Connection, service: str, since: datetime) -> list[dict[str, Any]]:
    """The deploys of a service that were begun since a moment, oldest first: `{at, version, by}`."""
    query = sa.select(audit).where(audit.c.act == "deploy-begun", audit.c.at >= since).order_by(audit.c.id)
    rows = [(*row["about"].partition(" "), row) for row in connection.execute(query).mappings()]
    return [
        {"at": row["at"], "version": version, "by": row["by"]} for whose, _, version, row in rows if whose == service
    ]


def newest(connection: sa.Connection, limit: int, *, before: int | None = None) -> list[dict[str, Any]]:
    """Rows, newest first; `before` continues below the row of that id."""
    query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [dict(row) for row in connection.execute(query).mappings()]
