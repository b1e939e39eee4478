"""The pages: the list of incidents, and one incident."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from tixmaster.console.incident import look_at
from tixmaster.console.login import HOME
from tixmaster.console.rendering import page
from tixmaster.oncall import views
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store import facts
from tixmaster.oncall.store.incidents import number_of

CLOSED_SHOWN = 50


@get("/")
async def front() -> Redirect:
    """The list is the front page."""
    return Redirect(HOME)


@get("/incidents", sync_to_thread=True)
def incidents(request: Request[Any, Any, Any], oncall: OncallHere) -> Template:
    """All incidents, the open ones first."""
    with oncall.desk.database.read() as connection:
        watchdog = facts.watchdog_seen_at(connection)
    return page(
        request,
        "incidents",
        open=views.summaries(oncall.desk, "open"),
        closed=views.summaries(oncall.desk, "closed")[:CLOSED_SHOWN],
        closed_shown=CLOSED_SHOWN,
        watchdog=watchdog,
        now=oncall.desk.now(),
    )


@get("/incidents/{name:str}", sync_to_thread=True)
def incident(request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str]) -> Template:
    """One incident: what, how bad, why, what now; then the proof."""
    return page(request, "incident", view=look_at(oncall.desk, number_of(name)))


HANDLERS = (front, incidents, incident)
