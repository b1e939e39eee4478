"""On-call's HTTP interface: the webhook, and incidents for the command line and the drills. Bearer tokens guard both."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import msgspec
from litestar import Request, Router, delete, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from tixmaster.oncall import intake, maintenance, person, remedy, views
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.errors import WebhookError
from tixmaster.oncall.intake import Receipt
from tixmaster.oncall.report import postmortem
from tixmaster.oncall.store import audit, facts
from tixmaster.oncall.store.incidents import LARGEST_ID, number_of
from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Language, Policy
from tixmaster.stack.errors import ConfigError

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]
OncallHere: TypeAlias = NamedDependency[Oncall]
Which = Annotated[Literal["open", "closed", "all"], QueryParameter(name="state")]
InLanguage = Annotated[Language | None, QueryParameter(name="language")]
RowNumber = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
"""The id of a row; a larger number is none in either database."""
Days = Annotated[int, QueryParameter(ge=1, le=3650)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts, by the name they go by."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Note(Person, frozen=True, forbid_unknown_fields=True):
    """A remark."""

    text: Text


class Assignment(Person, frozen=True, forbid_unknown_fields=True):
    """Who is to see to it."""

    to: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Merge(Person, frozen=True, forbid_unknown_fields=True):
    """The incident that another one becomes a part of."""

    into: Annotated[str, msgspec.Meta(max_length=20)]


class Maintenance(Person, frozen=True, forbid_unknown_fields=True):
    """Planned work on a service, or (without one) on everything."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    begins_at: Annotated[datetime, msgspec.Meta(tz=True)]
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)]
    service: str | None = None


class Deploy(Person, frozen=True, forbid_unknown_fields=True):
    """A deploy of a service."""

    service: Annotated[str, msgspec.Meta(max_length=200)]
    version: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class Drill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drill that begins: incidents of the next `seconds` belong to it and are handled by its policy."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    policy: Policy
    seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)]


class Holder(Protocol):
    """Whom a personal token speaks for."""

    @property
    def name(self) -> str: ...

    @property
    def may_act(self) -> bool: ...


Personal = Callable[[str], Holder | None]
"""Whom a token speaks for; None where it opens nothing."""


def bearer(config: Config, secret: str, personal: Personal | None = None) -> Guard:
    """A guard that lets in whoever carries the secret, or a personal token, as a bearer token."""
    expected = f"Bearer {secrets.read(config, secret)}".encode()

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), expected):
            return
        holder = await asyncio.to_thread(personal, given.removeprefix("Bearer ")) if personal else None
        if holder is None:
            raise NotAuthorizedException(
                f"this address wants `Authorization: Bearer …` with the content of var/secrets/{secret}"
                + (" or a token of your own (console, Settings)" if personal else "")
            )
        if connection.scope.get("method") != "GET" and not holder.may_act:
            raise PermissionDeniedException(f"this token of {holder.name} may look, not act")
        connection.state.holder = holder.name
        connection.state.may_act = holder.may_act

    return guard


def who(request: Request[Any, Any, Any], said: Person) -> str:
    """Who acts: the owner of a personal token, whatever the body says; else whom the body names."""
    return str(request.state.get("holder") or said.by)


@post("/webhook/alertmanager", status_code=HTTP_200_OK, request_max_body_size=None)
async def receive(request: Request[Any, Any, Any], oncall: OncallHere) -> Receipt:
    """Alertmanager's webhook. The answer is 2xx once the events are on disk, and 4xx where the body will never be taken:
    what is refused is kept and counted."""
    source = f"webhook {request.client.host}" if request.client else "webhook"
    body = await _read(request)
    if len(body) > intake.MAX_BODY_BYTES:
        await asyncio.to_thread(_refuse, oncall, intake.too_large(), body, source)
        raise RequestEntityTooLarge(str(intake.too_large()))
    with oncall.metrics.stage("intake"):
        try:
            receipt = await intake.store_together(oncall.desk, body, source)
        except WebhookError as error:
            await asyncio.to_thread(_refuse, oncall, error, body, source)
            raise
    oncall.metrics.received(receipt)
    return receipt


async def _read(request: Request[Any, Any, Any]) -> bytes:
    """The body, or a little more than the longest that is taken: the rest is not waited for."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > intake.MAX_BODY_BYTES:
            break
    return bytes(body)


def _refuse(oncall: Oncall, error: WebhookError, body: bytes, source: str) -> None:
    intake.keep_rejected(oncall.desk, error, body, source)
    oncall.metrics.rejected(error.reason)


@get("/incidents", sync_to_thread=True)
def list_incidents(oncall: OncallHere, which: Which = "all") -> dict[str, Any]:
    """The newest incidents."""
    return {"incidents": views.summaries(oncall.desk, which)}


@get("/incidents/{name:str}", sync_to_thread=True)
def show_incident(oncall: OncallHere, name: FromPath[str]) -> dict[str, Any]:
    """One incident with its timeline, steps, evidence, causes, actions and mails."""
    return views.detail(oncall.desk, number_of(name))


@get("/incidents/{name:str}/postmortem", sync_to_thread=True)
def show_postmortem(oncall: OncallHere, name: FromPath[str], language: InLanguage = None) -> dict[str, Any]:
    """The post-mortem: a person's text, else a draft from the timeline."""
    desk = oncall.desk
    found = postmortem.read(desk, number_of(name), language or desk.config.oncall.language)
    return {"text": found.text, "path": str(found.path), "edited": found.edited}


@post("/incidents/{name:str}/ack", status_code=HTTP_200_OK, sync_to_thread=True)
def acknowledge(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Person]
) -> dict[str, Any]:
    """Somebody is on it."""
    person.acknowledge(oncall.desk, number_of(name), by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/note", status_code=HTTP_200_OK, sync_to_thread=True)
def add_note(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Note]
) -> dict[str, Any]:
    """A remark for the record."""
    person.note(oncall.desk, number_of(name), data.text, by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/close", status_code=HTTP_200_OK, sync_to_thread=True)
def close_incident(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Person]
) -> dict[str, Any]:
    """A person ends it, whatever its alerts say."""
    oncall.pipeline.close(number_of(name), by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/approve", status_code=HTTP_200_OK, sync_to_thread=True)
def approve(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Person]
) -> dict[str, Any]:
    """Lets the proposed action be carried out."""
    remedy.decide(oncall.desk, number_of(name), approve=True, by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/decline", status_code=HTTP_200_OK, sync_to_thread=True)
def decline(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Person]
) -> dict[str, Any]:
    """Rejects the proposed action."""
    remedy.decide(oncall.desk, number_of(name), approve=False, by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/assign", status_code=HTTP_200_OK, sync_to_thread=True)
def assign(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Assignment]
) -> dict[str, Any]:
    """Somebody is to see to it."""
    person.assign(oncall.desk, number_of(name), data.to, by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/merge", status_code=HTTP_200_OK, sync_to_thread=True)
def merge(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Merge]
) -> dict[str, Any]:
    """It is a part of another one."""
    person.merge(oncall.desk, number_of(name), number_of(data.into), by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@post("/incidents/{name:str}/reopen", status_code=HTTP_200_OK, sync_to_thread=True)
def reopen(
    request: Request[Any, Any, Any], oncall: OncallHere, name: FromPath[str], data: JSONBody[Person]
) -> dict[str, Any]:
    """It was not over after all."""
    person.reopen(oncall.desk, number_of(name), by=who(request, data))
    return views.detail(oncall.desk, number_of(name))


@get("/statistics", sync_to_thread=True)
def statistics(oncall: OncallHere, days: Days = 30) -> dict[str, Any]:
    """MTTA, MTTR and recurring causes of the last days."""
    return views.statistics(oncall.desk, days)


@get("/maintenance", sync_to_thread=True)
def list_maintenance(oncall: OncallHere) -> dict[str, Any]:
    """The windows that are on or to come."""
    with oncall.desk.database.read() as connection:
        return {"maintenance": maintenance.windows(oncall.desk, connection)}


@post("/maintenance", status_code=HTTP_200_OK, sync_to_thread=True)
def announce(request: Request[Any, Any, Any], oncall: OncallHere, data: JSONBody[Maintenance]) -> maintenance.Window:
    """Announces planned work."""
    by = who(request, data)
    return maintenance.announce(oncall.desk, data.title, data.service, data.begins_at, data.ends_at, by=by)


@post("/maintenance/{number:int}/end", status_code=HTTP_200_OK, sync_to_thread=True)
def end_maintenance(
    request: Request[Any, Any, Any], oncall: OncallHere, number: RowNumber, data: JSONBody[Person]
) -> dict[str, Any]:
    """Ends planned work now."""
    maintenance.end(oncall.desk, number, by=who(request, data))
    return {"ended": number}


@get("/incidents/{name:str}/remedy", sync_to_thread=True)
def dry_run(oncall: OncallHere, name: FromPath[str]) -> dict[str, Any]:
    """What would be done for the incident as it stands, and what stands against it. Nothing is touched."""
    return views.plan(oncall.desk, number_of(name))


def _service(oncall: Oncall, name: str) -> str:
    """The short name of a service; 404 for one that the configuration does not have."""
    try:
        return oncall.desk.config.short_name(name)
    except ConfigError as error:
        raise NotFoundException(str(error)) from error


@post("/deploys", status_code=HTTP_200_OK, sync_to_thread=True)
def begin_deploy(request: Request[Any, Any, Any], oncall: OncallHere, data: JSONBody[Deploy]) -> Deploy:
    """A deploy begins: on-call leaves the service alone until it ends."""
    now, by = oncall.desk.now(), who(request, data)
    service = _service(oncall, data.service)
    with oncall.desk.database.write() as connection:
        facts.begin_deploy(connection, service, now, by=by, version=data.version)
        audit.write(connection, "deploy-begun", f"{service} {data.version or ''}".strip(), by=by, at=now)
    return data


@get("/deploys/{service:str}", sync_to_thread=True)
def list_deploys(oncall: OncallHere, service: FromPath[str], since: FromQuery[datetime]) -> dict[str, Any]:
    """The deploys of a service that were announced since a moment."""
    with oncall.desk.database.read() as connection:
        return {"deploys": audit.deploys(connection, _service(oncall, service), since)}


@delete("/deploys/{service:str}", sync_to_thread=True)
def end_deploy(oncall: OncallHere, service: FromPath[str]) -> None:
    """The deploy is over."""
    with oncall.desk.database.write() as connection:
        facts.end_deploy(connection, _service(oncall, service), oncall.desk.now())


@post("/drill", status_code=HTTP_200_OK, sync_to_thread=True)
def begin_drill(oncall: OncallHere, data: JSONBody[Drill]) -> Drill:
    """Announces a drill."""
    with oncall.desk.database.write() as connection:
        facts.put(connection, facts.DRILL, msgspec.to_builtins(data), oncall.desk.now())
    return data


@delete("/drill", sync_to_thread=True)
def end_drill(oncall: OncallHere) -> None:
    """Ends the drill in force."""
    with oncall.desk.database.write() as connection:
        facts.end_drill(connection, oncall.desk.now())


def routers(config: Config, personal: Personal | None = None) -> list[Router]:
    """The routes with their guards: the webhook's token opens the webhook only."""
    return [
        Router(path="/", route_handlers=[receive], guards=[bearer(config, "webhook-token")]),
        Router(
            path="/api",
            route_handlers=[
                list_incidents,
                show_incident,
                show_postmortem,
                acknowledge,
                add_note,
                close_incident,
                approve,
                decline,
                assign,
                merge,
                reopen,
                statistics,
                list_maintenance,
                announce,
                end_maintenance,
                dry_run,
                begin_deploy,
                list_deploys,
                end_deploy,
                begin_drill,
                end_drill,
            ],
            guards=[bearer(config, "api-token", personal)],
        ),
    ]
