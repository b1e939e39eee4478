"""Carrying out a runbook by hand: first what would be looked at (the dry run), then each step as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.console.accounts import Account
from tixmaster.console.live import BEAT_SECONDS, RETRY_MILLISECONDS, Pulse
from tixmaster.console.manual.layout import address_of, conditions_of, title_of
from tixmaster.console.rendering import language_of, page
from tixmaster.console.sessions import Sessions, may_act, while_signed_in
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report.mail import MARKS
from tixmaster.oncall.sop import by_hand
from tixmaster.oncall.sop import run as runs

LOOK_SECONDS = 0.2
USUAL_SERVICE, USUAL_MINUTES = "backend", 5
Person = Request[Account, Any, Any]


class Wish(msgspec.Struct, frozen=True):
    """The form: which service the alert would speak of, and how many minutes ago it began."""

    service: Annotated[str, msgspec.Meta(max_length=200)]
    minutes: Annotated[float, msgspec.Meta(gt=0, le=1440)]


@get("/sop/run/{name:str}", sync_to_thread=True)
def plan(request: Person, oncall: OncallHere, name: FromPath[str]) -> Template:
    """What would be looked at and what would follow; nothing is touched."""
    desk, language = oncall.desk, language_of(request)
    desk.library.refresh()
    target = runs.find(desk.library.manual, name, USUAL_SERVICE)
    return page(
        request,
        "plan",
        target=target,
        title=title_of(target.document, language),
        address=address_of(target.document),
        plan=runs.plan(target, desk.config),
        causes=desk.library.manual.causes,
        says=conditions_of(target.document, desk.library.manual, language),
        services=desk.config.service_names,
        usual=(USUAL_SERVICE, USUAL_MINUTES),
    )


@post("/sop/run/{name:str}", guards=[may_act], status_code=HTTP_303_SEE_OTHER, sync_to_thread=True)
def begin(request: Person, oncall: OncallHere, name: FromPath[str], data: URLEncodedBody[Wish]) -> Redirect:
    """Begins it; the page of the run shows the steps as they come."""
    desk = oncall.desk
    if data.service not in desk.config.service_names:
        raise ValidationException(f"{data.service} is not a service of tixmaster.toml")
    address = request.client.host if request.client else ""
    number = by_hand.begin(desk, name, data.service, data.minutes, by=request.user.name, address=address)
    return Redirect(f"/sop/runs/{number}", status_code=HTTP_303_SEE_OTHER)


@get("/sop/runs/{number:str}", sync_to_thread=True)
def show(request: Person, oncall: OncallHere, number: FromPath[str]) -> Template:
    """A run as it stands: what each step found, what is still to come, what follows from it."""
    desk = oncall.desk
    kept, now = by_hand.read(desk, number), desk.now()
    return page(request, "run", kept=kept, marks=MARKS, over=kept.over(now), broken_off=kept.broken_off(now))


@get("/sop/runs/{number:str}/live")
async def live(
    request: Person,
    oncall: OncallHere,
    pulse: NamedDependency[Pulse],
    sessions: NamedDependency[Sessions],
    number: FromPath[str],
) -> ServerSentEvent:
    """Server-sent events: `change` whenever a step is done, `end` after the last."""
    await asyncio.to_thread(by_hand.read, oncall.desk, number)
    return ServerSentEvent(while_signed_in(sessions, request, _changes(oncall.desk, pulse, number)))


async def _changes(desk: Desk, pulse: Pulse, number: str) -> AsyncGenerator[ServerSentEventMessage]:
    """Looks at the file, which any replica may be writing, until the run is over."""
    seen, silent = None, 0.0
    while not pulse.closed:
        kept = await asyncio.to_thread(by_hand.read, desk, number)
        if kept.written_at != seen or kept.over(desk.now()):
            seen, silent = kept.written_at, 0.0
            yield ServerSentEventMessage(event="change", data=str(len(kept.result["steps"])), retry=RETRY_MILLISECONDS)
        if kept.over(desk.now()):
            yield ServerSentEventMessage(event="end", data=number)
            return
        if silent >= BEAT_SECONDS:
            silent = 0.0
            yield ServerSentEventMessage(comment="still here")
        await asyncio.sleep(LOOK_SECONDS)
        silent += LOOK_SECONDS


HANDLERS = (plan, begin, show, live)
