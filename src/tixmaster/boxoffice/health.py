"""/health and /metrics: what machines ask."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE

from tixmaster.boxoffice.errors import DatabaseAwayError, ForbiddenError
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.settings import Settings
from tixmaster.http.peer import may_read_metrics
from tixmaster.telemetry.asgi import blame
from tixmaster.telemetry.metrics import CONTENT_TYPE, exposition

PLAIN: Final = CONTENT_TYPE.removesuffix("; charset=utf-8")
"""The framework adds the character set."""
DATABASE_SECONDS: Final = 1.0


@get("/health")
async def health(office: OfficeHere) -> Response[dict[str, str]]:
    """Whether tickets can be sold: the process answers and its database does, too."""
    if office.faults.unhealthy:
        return _unavailable("A fault was injected", "unknown")
    try:
        await office.database.answers(DATABASE_SECONDS)
    except DatabaseAwayError as error:
        blame(error)
        return _unavailable(str(error), "no answer")
    return Response({"status": "OK", "message": "TixMaster is selling", "database": "OK"})


async def may_scrape(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Lets in programs on this machine, the networks of the settings, and whoever carries the token."""
    settings: Settings = connection.app.state.office.settings
    if not may_read_metrics(connection.scope, settings.metrics_allow, settings.metrics_token):
        raise ForbiddenError(
            "Metrics are for this machine. From elsewhere use the bearer token, or allow the network (metrics_allow)."
        )


@get("/metrics", media_type=PLAIN, guards=[may_scrape])
async def metrics(office: OfficeHere) -> Response[bytes]:
    """The Prometheus text format."""
    return Response(await exposition(office.metrics.registry), media_type=PLAIN)


def _unavailable(message: str, database: str) -> Response[dict[str, str]]:
    return Response(
        {"status": "UNAVAILABLE", "message": message, "database": database},
        status_code=HTTP_503_SERVICE_UNAVAILABLE,
        headers={"Retry-After": "1"},
    )
