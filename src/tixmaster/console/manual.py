"""The manual's pages: the runbooks in force, and each as a page to read while the alert is on."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from tixmaster.console.markdown import lay_out
from tixmaster.console.rendering import language_of, page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.sop.folder import ANY_ALERT


@get("/sop", sync_to_thread=True)
def runbooks(request: Request[Any, Any, Any], oncall: OncallHere) -> Template:
    """All runbooks, the one for any other alert last; where files are broken, which, and that the older ones hold."""
    library = oncall.desk.library
    library.refresh()
    return page(
        request,
        "runbooks",
        runbooks=sorted(library.manual.runbooks.values(), key=lambda item: (item.alert == ANY_ALERT, item.alert)),
        any_alert=ANY_ALERT,
        causes=library.manual.causes,
        problems=library.problems,
    )


@get("/sop/{alert:str}", sync_to_thread=True)
def runbook(request: Request[Any, Any, Any], oncall: OncallHere, alert: FromPath[str]) -> Template:
    """What is done for an alert; the generic runbook for an alert that has none of its own, since that is carried out."""
    library = oncall.desk.library
    library.refresh()
    found = library.runbook_for(alert)
    return page(
        request,
        "runbook",
        runbook=found,
        asked=alert,
        any_alert=ANY_ALERT,
        blocks=lay_out(library.manual, found, language_of(request)),
        file=found.path.relative_to(library.folder),
    )


HANDLERS = (runbooks, runbook)
