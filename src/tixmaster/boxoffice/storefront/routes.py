"""The pages, their static files, and the guard of their forms."""

from __future__ import annotations

import hashlib
from typing import Final

from litestar import Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from tixmaster.boxoffice.storefront import account, administrator, crawlers, events, orders, organizer
from tixmaster.boxoffice.storefront.rendering import STATIC, environment

WITHOUT_FORMS: Final = (
    r"^/api(/|\Z)",
    r"^/auth(/|\Z)",
    r"^/health\Z",
    r"^/metrics\Z",
    r"^/static/",
    r"^/robots\.txt\Z",
    r"^/sitemap\.xml\Z",
)

pages = Router(
    "/",
    route_handlers=[
        *account.HANDLERS,
        *orders.HANDLERS,
        *events.HANDLERS,
        *crawlers.HANDLERS,
        organizer.pages,
        administrator.pages,
    ],
    include_in_schema=False,
)
static = create_static_files_router(
    "/static", [STATIC], cache_control=CacheControlHeader(max_age=300, public=True), include_in_schema=False
)


def templates() -> TemplateConfig[JinjaTemplateEngine]:
    """How pages become text."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


def forms(secret: str) -> CSRFConfig:
    """Forms carry a token of ours; the API's callers bring a bearer token, which no other site can make a browser send."""
    key = hashlib.sha256(f"forms {secret}".encode()).hexdigest()
    return CSRFConfig(secret=key, cookie_name="csrf", cookie_httponly=True, exclude=list(WITHOUT_FORMS))
