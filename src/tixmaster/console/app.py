"""The on-call process as one ASGI application: the webhook, the API, the pages, health and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware.base import DefineMiddleware
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send
from prometheus_client import CollectorRegistry

from tixmaster.console import (
    accounts,
    act_link,
    acts,
    alerts,
    drills,
    evidence,
    graphs,
    headers,
    incidents,
    login,
    mailbox,
    manual,
    now,
    pages,
    postmortem,
    problems,
    settings,
    vitals,
)
from tixmaster.console.accounts import tokens
from tixmaster.console.dashboards import routes as dashboards
from tixmaster.console.dashboards.reader import Reader
from tixmaster.console.devices import Devices
from tixmaster.console.live import Pulse, stream
from tixmaster.console.lookout import Lookout
from tixmaster.console.openid import routes as openid
from tixmaster.console.openid.provider import Provider
from tixmaster.console.openid.request import SignIns
from tixmaster.console.rendering import STATIC, environment
from tixmaster.console.sessions import Authentication, Sessions
from tixmaster.console.throttle import Throttle
from tixmaster.http.peer import Networks, see_through
from tixmaster.oncall import api
from tixmaster.oncall.app import Oncall
from tixmaster.stack import secrets

MAX_FORM_BYTES = 64 * 1024
WITHOUT_SESSION = {"exclude_from_auth": True}
"""For routes that carry a bearer token of their own, or none because they must be reachable without log-in."""

WITHOUT_FORMS = (r"^/api/", r"^/webhook/", r"^/health\Z", r"^/metrics\Z", r"^/static/")


def create_app(oncall: Oncall, registry: CollectorRegistry, exercises: Sequence[drills.Exercise] = ()) -> Litestar:
    """Assembles the routes over a running (or, in tests, resting) on-call part. `exercises` are the drills there are."""
    config = oncall.desk.config
    key = secrets.read(config, "console-session-key")
    lookout = Lookout(oncall.desk)
    pulse = Pulse(oncall.desk.database, lookout)
    sessions = Sessions(oncall.desk, key)
    reader = Reader(config)
    starter = drills.Starter(config, exercises)
    coverage = manual.Coverage()

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await asyncio.to_thread(accounts.ensure_administrator, oncall.desk)
        lookout.start()
        async with pulse:
            try:
                yield
            finally:
                lookout.stop()
                reader.close()

    return Console(
        Networks(config.oncall.trusted_proxies),
        route_handlers=[
            *(_without_session(router) for router in api.routers(config, partial(tokens.bearer_of, oncall.desk))),
            Router("/", route_handlers=[vitals.health], opt=WITHOUT_SESSION),
            Router("/", route_handlers=[vitals.metrics], guards=[vitals.scrape_guard(config)], opt=WITHOUT_SESSION),
            Router("/", route_handlers=[*act_link.HANDLERS], opt=WITHOUT_SESSION),
            Router("/", route_handlers=[login.form, login.sign_in, login.choose_language], opt=WITHOUT_SESSION),
            Router("/", route_handlers=[*openid.HANDLERS], opt=WITHOUT_SESSION),
            Router(
                "/",
                route_handlers=[
                    login.sign_out,
                    *pages.HANDLERS,
                    *acts.HANDLERS,
                    *evidence.HANDLERS,
                    *graphs.HANDLERS,
                    *postmortem.HANDLERS,
                    stream,
                ],
            ),
            Router("/", route_handlers=[*now.HANDLERS, *incidents.HANDLERS, *alerts.HANDLERS, *drills.HANDLERS]),
            Router("/", route_handlers=[*manual.HANDLERS, *mailbox.HANDLERS, *dashboards.HANDLERS, *settings.HANDLERS]),
            create_static_files_router("/static", [STATIC], opt=WITHOUT_SESSION, cache_control=headers.STATIC_CACHE),
        ],
        dependencies={
            "oncall": _given(oncall),
            "registry": _given(registry),
            "pulse": _given(pulse),
            "lookout": _given(lookout),
            "starter": _given(starter),
            "reader": _given(reader),
            "sessions": _given(sessions),
            "devices": _given(Devices(oncall.desk, key)),
            "throttle": _given(Throttle()),
            "provider": _given(Provider(config, config.oncall.openid) if config.oncall.openid else None),
            "sign_ins": _given(SignIns(key)),
            "coverage": _given(coverage),
            "index": _given(manual.Indexes()),
            "prints": _given(manual.Prints()),
        },
        middleware=[DefineMiddleware(Authentication, sessions=sessions)],
        csrf_config=CSRFConfig(secret=key, cookie_name="csrf", cookie_httponly=True, exclude=list(WITHOUT_FORMS)),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment())),
        exception_handlers={Exception: problems.answer},
        before_send=[headers.secure, headers.without_links(oncall.desk)],
        lifespan=[lifespan],
        state=State({"pulse": pulse, "lookout": lookout, "starter": starter, "coverage": coverage}),
        request_max_body_size=MAX_FORM_BYTES,
        openapi_config=None,
        logging_config=None,
    )


class Console(Litestar):
    """The application, which knows who called and how also behind reverse proxies of ours."""

    def __init__(self, proxies: Networks, **options: Any) -> None:
        super().__init__(**options)
        self._proxies = proxies

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """Changes the scope in place: the request's line in the log says the same."""
        if scope["type"] != "lifespan":
            see_through(cast(MutableMapping[str, Any], scope), self._proxies)
        await super().__call__(scope, receive, send)


def _given(thing: Any) -> Provide:
    """A dependency that exists once for the whole process."""
    return Provide(lambda: thing, sync_to_thread=False)


def _without_session(router: Router) -> Router:
    router.opt.update(WITHOUT_SESSION)
    return router
