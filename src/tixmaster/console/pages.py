"""The page of one incident."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from tixmaster.console import graphs
from tixmaster.console.incident import look_at
from tixmaster.console.rendering import language_of, page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store.incidents import number_of
from tixmaster.stack.grafana import provisioning
from tixmaster.stack.health import probe

GRAFANA_SECONDS = 0.3
ROWS_SHOWN = 200
"""Of the timeline, unless somebody wants all: an alert that comes and goes for a night leaves thousands."""
HowMuch = Annotated[Literal["newest", "whole"], QueryParameter(name="timeline")]


@get("/incidents/{name:str}", sync_to_thread=True)
def incident(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], timeline: HowMuch = "newest"
) -> Template:
    """One incident: what, how bad, why, what now; then the proof."""
    desk, view = oncall.desk, look_at(oncall.desk, number_of(name), ROWS_SHOWN if timeline == "newest" else None)
    has_grafana = probe(desk.config, "grafana", GRAFANA_SECONDS).healthy
    return page(
        request,
        "incident",
        view=view,
        words=graphs.spoken_words(language_of(request)),
        grafana=provisioning.link(desk.config, view.story.telling_panel) if has_grafana else None,
    )


HANDLERS = (incident,)
