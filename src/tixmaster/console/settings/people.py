"""People: who has an account and what each may do. For administrators."""

from __future__ import annotations

import secrets as randomness
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template
from litestar.status_codes import HTTP_200_OK

from tixmaster.console import accounts
from tixmaster.console.accounts import Account, AccountError, Role, manage
from tixmaster.console.rendering import page
from tixmaster.console.settings.forms import may_manage, problem, who
from tixmaster.oncall.api import OncallHere

HERE = "/settings/people"
Person = Request[Account, Any, Any]


class NewAccount(msgspec.Struct, frozen=True):
    """The form that makes an account."""

    name: Annotated[str, msgspec.Meta(max_length=200)]
    role: Role


class Change(msgspec.Struct, frozen=True):
    """The form beside an account: a role, or one of the buttons."""

    act: str
    role: Role = "viewer"


def _page(request: Person, oncall: OncallHere, **values: Any) -> Template:
    return page(
        request,
        "people",
        people=manage.everybody(oncall.desk),
        roles=accounts.ROLES,
        **({"problem": None, "made": None} | values),
    )


@get(HERE, guards=[may_manage], sync_to_thread=True)
def show(request: Person, oncall: OncallHere) -> Template:
    """All accounts."""
    return _page(request, oncall)


@post(HERE, guards=[may_manage], status_code=HTTP_200_OK, sync_to_thread=True)
def create(request: Person, data: URLEncodedBody[NewAccount], oncall: OncallHere) -> Template:
    """Makes an account with a password that is shown this once."""
    name, password = data.name.strip(), randomness.token_urlsafe(15)
    try:
        manage.add(oncall.desk, name, password, data.role, who=who(request))
    except AccountError as error:
        return problem(_page(request, oncall, problem=error.reason))
    return _page(request, oncall, made=(name, password))


@post(f"{HERE}/{{name:str}}", guards=[may_manage], status_code=HTTP_200_OK, sync_to_thread=True)
def change(request: Person, data: URLEncodedBody[Change], oncall: OncallHere, name: FromPath[str]) -> Template:
    """Changes one account: its role, a new password, its end, its return."""
    made: tuple[str, str] | None = None
    try:
        if data.act == "role":
            manage.change_role(oncall.desk, name, data.role, who=who(request))
        elif data.act == "end":
            manage.end(oncall.desk, name, who=who(request))
        elif data.act == "restore":
            manage.restore(oncall.desk, name, who=who(request))
        elif data.act == "password":
            made = (name, randomness.token_urlsafe(15))
            manage.change_password(oncall.desk, *made, who=who(request))
    except AccountError as error:
        return problem(_page(request, oncall, problem=error.reason))
    return _page(request, oncall, made=made)


HANDLERS = (show, create, change)
