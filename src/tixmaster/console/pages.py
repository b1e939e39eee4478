"""The page of one incident."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from tixmaster.console.incident import look_at
from tixmaster.console.rendering import page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store.incidents import number_of


@get("/incidents/{name:str}", sync_to_thread=True)
def incident(request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str]) -> Template:
    """One incident: what, how bad, why, what now; then the proof."""
    return page(request, "incident", view=look_at(oncall.desk, number_of(name)))


HANDLERS = (incident,)
