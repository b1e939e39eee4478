"""The application: its routes, in one list, and the layers around them."""

from __future__ import annotations

from collections.abc import Iterator

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.routes import HTTPRoute

from tixmaster.boxoffice import health, openapi, probe
from tixmaster.boxoffice.analytics import routes as analytics
from tixmaster.boxoffice.edge import SECURITY_HEADERS, HeadRequests, JsonRequest
from tixmaster.boxoffice.events import routes as events
from tixmaster.boxoffice.faults import routes as faults
from tixmaster.boxoffice.faults.gate import FaultGate
from tixmaster.boxoffice.flags import routes as flags
from tixmaster.boxoffice.office import Office, office_of
from tixmaster.boxoffice.orders import routes as orders
from tixmaster.boxoffice.orders.fast_lane import FastLane
from tixmaster.boxoffice.organizers import routes as organizers
from tixmaster.boxoffice.payments import routes as payments
from tixmaster.boxoffice.rate_limit import RateLimit
from tixmaster.boxoffice.storefront import problems
from tixmaster.boxoffice.storefront import routes as storefront
from tixmaster.boxoffice.tickets import routes as tickets
from tixmaster.boxoffice.users import routes as users
from tixmaster.http.https import SecureTransport
from tixmaster.telemetry.asgi import App, RequestTelemetry

LARGEST_BODY = 64 * 1024

ROUTES = (
    users.router,
    # In one router, because they answer other methods of the same paths.
    Router("/api", route_handlers=[*events.HANDLERS, *organizers.HANDLERS]),
    orders.router,
    payments.router,
    tickets.router,
    flags.router,
    analytics.router,
    probe.probe,
    faults.router,
    health.health,
    health.metrics,
    storefront.static,
    storefront.pages,
)


def create_app(office: Office) -> App:
    """The ASGI application."""
    settings = office.settings
    return serving(routed(fault_endpoints=settings.fault_endpoints, secret=settings.jwt_secret), office)


def routed(*, fault_endpoints: bool, secret: str) -> Litestar:
    """The routes, for whichever office `serving` gives them; `secret` signs the tokens of forms."""
    app = Litestar(
        ROUTES,
        dependencies={"office": Provide(office_of, sync_to_thread=False)},
        exception_handlers=problems.HANDLERS,
        request_class=JsonRequest,
        template_config=storefront.templates(),
        csrf_config=storefront.forms(secret),
        middleware=[FaultGate] if fault_endpoints else [],
        request_max_body_size=LARGEST_BODY,
        openapi_config=openapi.config(),
        logging_config=None,
    )
    openapi.complete(app)
    return app


def serving(app: Litestar, office: Office) -> App:
    """The routes at work for an office, with the layers around them."""
    app.state = State({"office": office})
    office.metrics.http.start_at_zero(_series(app))
    limited = RateLimit(
        HeadRequests(FastLane(app, office)),  # type: ignore[arg-type]
        requests_per_minute=office.settings.requests_per_minute,
        proxies=office.settings.proxies,
        refusal=problems.too_many,
    )
    secured = SecureTransport(limited, behind_proxies=bool(office.settings.proxies))
    return RequestTelemetry(secured, office.metrics.http, SECURITY_HEADERS)


def _series(app: Litestar) -> Iterator[tuple[str, str, int]]:
    """Method, route template and status of success of every route."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield method, route.path_format, handler.status_code
