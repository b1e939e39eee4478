"""The page behind a link of the mail: what it would do, and the button that does it. The link itself is the permission."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath
from litestar.response import Template
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_409_CONFLICT, HTTP_410_GONE

from tixmaster.console.rendering import page
from tixmaster.console.throttle import Throttle
from tixmaster.oncall import person, remedy
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.errors import LinkError, NothingToDecideError
from tixmaster.oncall.remedy import links
from tixmaster.oncall.report.story import Story, tell

ADDRESS = f"{links.PATH}/{{token:str}}"

Visitor = Request[Any, Any, Any]
Throttled = NamedDependency[Throttle]


@get(ADDRESS, sync_to_thread=True)
def show(request: Visitor, oncall: OncallHere, throttle: Throttled, token: FromPath[str]) -> Template:
    """What the link would do. Nothing is done: mail scanners follow links, too."""
    return _page(request, oncall, throttle, token, press=False)


@post(ADDRESS, status_code=HTTP_200_OK, sync_to_thread=True)
def press(request: Visitor, oncall: OncallHere, throttle: Throttled, token: FromPath[str]) -> Template:
    """Gives the answer, once."""
    return _page(request, oncall, throttle, token, press=True)


def _page(request: Visitor, oncall: OncallHere, throttle: Throttle, token: str, *, press: bool) -> Template:
    desk = oncall.desk
    try:
        ticket = links.read(desk, token)
    except LinkError as error:
        _count_guess(request, throttle)
        status = HTTP_410_GONE if error.reason == "expired" else HTTP_404_NOT_FOUND
        return _template(request, status, story=None, action=None, answer=None, problem=error.reason)
    done = False
    if press:
        try:
            by = person.by_link(ticket.to or None)
            remedy.decide(desk, ticket.incident, approve=ticket.answer == "approve", by=by, only=ticket.action)
            done = True
        except NothingToDecideError:
            done = False
    story = tell(desk, ticket.incident, newest=0)
    action = next(item for item in story.actions if item["id"] == ticket.action)
    late = None if done or action["state"] == "proposed" else "decided"
    status = HTTP_409_CONFLICT if press and late else HTTP_200_OK
    return _template(
        request, status, story=story, action=action, answer=ticket.answer, to=ticket.to, problem=late, done=done
    )


def _template(request: Visitor, status: int, *, story: Story | None, done: bool = False, **values: Any) -> Template:
    template = page(request, "act", story=story, done=done, **values)
    template.status_code = status
    return template


def _count_guess(request: Visitor, throttle: Throttle) -> None:
    address = request.client.host if request.client else ""
    if wait := throttle.enter_link(address):
        raise TooManyRequestsException("too many links that are not ours", headers={"Retry-After": str(int(wait) + 1)})


HANDLERS = (show, press)
