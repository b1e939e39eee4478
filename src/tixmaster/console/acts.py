"""What a person does on an incident's page: acknowledge, assign, note, decide, merge, close, reopen. Each form leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.exceptions import ValidationException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.console import accounts
from tixmaster.console.accounts import Account
from tixmaster.console.sessions import may_act
from tixmaster.oncall import person, remedy
from tixmaster.oncall.api import OncallHere, Text
from tixmaster.oncall.store.incidents import name_of, number_of

Person = Request[Account, Any, Any]


class Note(msgspec.Struct, frozen=True):
    """The note form."""

    text: Text


class Assignment(msgspec.Struct, frozen=True):
    """The form that says who is to see to it."""

    to: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Merge(msgspec.Struct, frozen=True):
    """The form that names the incident which this one is a part of."""

    into: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


def _back(number: int, part: str = "") -> Redirect:
    return Redirect(f"/incidents/{name_of(number)}{part}", status_code=HTTP_303_SEE_OTHER)


def _form(path: str) -> Callable[[Any], Any]:
    return post(path, status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)


@_form("/incidents/{name:str}/ack")
def acknowledge(request: Person, oncall: OncallHere, name: FromPath[str]) -> Redirect:
    """Somebody is on it."""
    number = number_of(name)
    person.acknowledge(oncall.desk, number, by=request.user.name)
    return _back(number)


@_form("/incidents/{name:str}/note")
def note(
    request: Person,
    oncall: OncallHere,
    name: FromPath[str],
    data: URLEncodedBody[Note],
) -> Redirect:
    """A remark for the record."""
    number = number_of(name)
    person.note(oncall.desk, number, data.text, by=request.user.name)
    return _back(number, "#timeline")


@_form("/incidents/{name:str}/approve")
def approve(request: Person, oncall: OncallHere, name: FromPath[str]) -> Redirect:
    """Lets the proposed action be carried out."""
    number = number_of(name)
    remedy.decide(oncall.desk, number, approve=True, by=request.user.name)
    return _back(number)


@_form("/incidents/{name:str}/decline")
def decline(request: Person, oncall: OncallHere, name: FromPath[str]) -> Redirect:
    """Rejects the proposed action."""
    number = number_of(name)
    remedy.decide(oncall.desk, number, approve=False, by=request.user.name)
    return _back(number)


@_form("/incidents/{name:str}/assign")
def assign(request: Person, oncall: OncallHere, name: FromPath[str], data: URLEncodedBody[Assignment]) -> Redirect:
    """Somebody is to see to it; one of those who may act here."""
    number = number_of(name)
    if data.to not in accounts.acting(oncall.desk):
        raise ValidationException(f"{data.to} has no account that may act; assign it to somebody of the list")
    person.assign(oncall.desk, number, data.to, by=request.user.name)
    return _back(number)


@_form("/incidents/{name:str}/merge")
def merge(request: Person, oncall: OncallHere, name: FromPath[str], data: URLEncodedBody[Merge]) -> Redirect:
    """It is a part of another one, which is shown then."""
    number, into = number_of(name), number_of(data.into)
    person.merge(oncall.desk, number, into, by=request.user.name)
    return _back(into)


@_form("/incidents/{name:str}/reopen")
def reopen(request: Person, oncall: OncallHere, name: FromPath[str]) -> Redirect:
    """It was not over after all: investigates it anew."""
    number = number_of(name)
    person.reopen(oncall.desk, number, by=request.user.name)
    return _back(number)


@_form("/incidents/{name:str}/close")
def close_incident(request: Person, oncall: OncallHere, name: FromPath[str]) -> Redirect:
    """Ends it, whatever its alerts say."""
    number = number_of(name)
    oncall.pipeline.close(number, by=request.user.name)
    return _back(number)


HANDLERS = (acknowledge, assign, note, approve, decline, merge, close_incident, reopen)
