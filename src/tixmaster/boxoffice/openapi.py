"""The OpenAPI 3.1 document, served at /api/schema/openapi.json and kept in docs/openapi.json.

Litestar writes it from the routes; here is what it cannot know: that errors have one shape, and which routes want a token.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Reference,
    Schema,
    SecurityScheme,
)
from litestar.routes import HTTPRoute

from tixmaster import __version__
from tixmaster.boxoffice import identity

BEARER: Final = "bearer"
ERROR_NAME: Final = "Error"
ERROR: Final = Schema(
    type=OpenAPIType.OBJECT,
    description="Every answer from 400 on.",
    required=["error"],
    properties={
        "error": Schema(type=OpenAPIType.STRING, description="What is wrong, in words."),
        "details": Schema(description="More about it, where there is more."),
    },
)
_ANY_ERROR: Final = OpenAPIResponse(
    description="An error: what is wrong, and what to do. 401 without a token, 403 with a bad one, 503 with Retry-After.",
    content={"application/json": OpenAPIMediaType(schema=Reference(ref=f"#/components/schemas/{ERROR_NAME}"))},
)


class _Document(JsonRenderPlugin):
    """The document and nothing beside it: Litestar would answer every other path below with a page of its own."""

    def receive_router(self, router: Router) -> None:
        """Take out the routes that the framework adds for pages and for what is not found."""
        router.routes[:] = [route for route in router.routes if route.path.endswith("/openapi.json")]


def config() -> OpenAPIConfig:
    """Where the document is, and what all routes share."""
    return OpenAPIConfig(
        title="TixMaster",
        version=__version__,
        path="/api/schema",
        render_plugins=[_Document()],
        components=Components(
            security_schemes={BEARER: SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")},
        ),
    )


def complete(app: Litestar) -> None:
    """Add to the document what the framework leaves out."""
    # Not in `config`: Litestar replaces the schemas given there by those it finds in the routes.
    app.openapi_schema.components.schemas[ERROR_NAME] = ERROR
    guarded = {(route.path_format, method) for route, method in _guarded(app)}
    for path, item in (app.openapi_schema.paths or {}).items():
        for method in ("get", "post", "put", "delete"):
            operation: Operation | None = getattr(item, method)
            if operation is None:
                continue
            answers: dict[str, Any] = {
                status: answer for status, answer in (operation.responses or {}).items() if status < "400"
            }
            operation.responses = answers | {"default": _ANY_ERROR}
            if (path, method.upper()) in guarded:
                operation.security = [{BEARER: []}]


def _guarded(app: Litestar) -> Iterator[tuple[HTTPRoute, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if any(getattr(guard, "__module__", "") == identity.__name__ for guard in handler.resolve_guards()):
                    yield route, method
