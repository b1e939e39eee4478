"""One's own account: the password, the sessions, the API tokens."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER

from tixmaster.console import accounts
from tixmaster.console.accounts import Account, AccountError, Role, manage, tokens
from tixmaster.console.devices import Devices
from tixmaster.console.rendering import page
from tixmaster.console.sessions import Sessions
from tixmaster.console.settings.forms import problem, who
from tixmaster.console.throttle import Throttle
from tixmaster.oncall.api import OncallHere, RowNumber

HERE = "/account"
DAYS = (7, 30, 90, 365)
SIGNED_IN = "signed in"
"""The device of the throttle's under which those who are signed in are counted: strangers' guesses do not count there."""

Word = Annotated[str, msgspec.Meta(max_length=manage.LONGEST_PASSWORD)]
Person = Request[Account, Any, Any]


class NewPassword(msgspec.Struct, frozen=True):
    """The form that changes the password."""

    current: Word
    password: Word


class NewToken(msgspec.Struct, frozen=True):
    """The form that makes a token."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    role: Role
    days: str


def _page(request: Person, oncall: OncallHere, **values: Any) -> Template:
    own = request.user.role
    return page(
        request,
        "account",
        tokens=tokens.of_account(oncall.desk, request.user.name),
        days=DAYS,
        roles=accounts.ROLES[: accounts.ROLES.index(own) + 1],
        **({"made": None, "problem": None, "done": False} | values),
    )


@get(HERE, sync_to_thread=True)
def show(request: Person, oncall: OncallHere) -> Template:
    """The page of the person who is signed in."""
    return _page(request, oncall, done="done" in request.query_params)


@post(f"{HERE}/password", status_code=HTTP_303_SEE_OTHER)
async def change_password(
    request: Person,
    data: URLEncodedBody[NewPassword],
    oncall: OncallHere,
    sessions: NamedDependency[Sessions],
    devices: NamedDependency[Devices],
    throttle: NamedDependency[Throttle],
) -> Response[Any]:
    """Changes the password of whoever knows the present one. Every other session ends; this one goes on."""
    name, maker = request.user.name, who(request)
    try:
        if throttle.enter(name, maker.address, SIGNED_IN) or not await asyncio.to_thread(
            accounts.verify, oncall.desk, name, data.current
        ):
            raise AccountError("password-wrong", "the present password is another")
        throttle.succeed(name, maker.address, SIGNED_IN)
        await asyncio.to_thread(manage.change_password, oncall.desk, name, data.password, who=maker)
    except AccountError as error:
        return problem(await asyncio.to_thread(_page, request, oncall, problem=error.reason))
    changed = await asyncio.to_thread(accounts.find, oncall.desk, name)
    cookies = [sessions.cookie(changed), devices.cookie(changed)] if changed else []
    return Redirect(f"{HERE}?done", status_code=HTTP_303_SEE_OTHER, cookies=cookies)


@post(f"{HERE}/sign-out-everywhere", status_code=HTTP_303_SEE_OTHER, sync_to_thread=True)
def sign_out_everywhere(request: Person, oncall: OncallHere) -> Redirect:
    """Ends all sessions of the person, this one too."""
    manage.sign_out_everywhere(oncall.desk, request.user.name, who=who(request))
    return Redirect("/login", status_code=HTTP_303_SEE_OTHER)


@post(f"{HERE}/tokens", status_code=HTTP_200_OK, sync_to_thread=True)
def create_token(request: Person, data: URLEncodedBody[NewToken], oncall: OncallHere) -> Template:
    """Makes a token and shows it, this once."""
    try:
        days = int(data.days) if data.days.isdecimal() and len(data.days) < 5 else 0
        made = tokens.create(oncall.desk, request.user, data.title, data.role, days=days, address=who(request).address)
    except AccountError as error:
        return problem(_page(request, oncall, problem=error.reason))
    return _page(request, oncall, made=made)


@post(f"{HERE}/tokens/{{number:int}}/end", status_code=HTTP_303_SEE_OTHER, sync_to_thread=True)
def end_token(request: Person, oncall: OncallHere, number: RowNumber) -> Redirect:
    """Ends one of the person's tokens."""
    tokens.end(oncall.desk, number, owner=request.user.name, who=who(request))
    return Redirect(f"{HERE}?done", status_code=HTTP_303_SEE_OTHER)


HANDLERS = (show, change_password, sign_out_everywhere, create_token, end_token)
