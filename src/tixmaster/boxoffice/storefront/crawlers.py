"""What search engines ask for: robots.txt, and sitemap.xml with the events that are on sale (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from litestar import Response, get

from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.session import Visit

PRIVATE: Final = (
    "/api/",
    "/auth/",
    "/admin",
    "/organizer",
    "/orders",
    "/login",
    "/logout",
    "/register",
    "/language",
    "/health",
    "/metrics",
    "/events/*/hold",
    "/events/*/live",
)
"""Nothing of these is for everybody to find: accounts, orders, forms, and what programs read."""
LARGEST: Final = 50_000
"""Addresses of one sitemap, by the protocol."""
FIVE_MINUTES: Final = {"Cache-Control": "public, max-age=300"}


@get("/robots.txt")
async def robots(request: Visit) -> Response[str]:
    """What crawlers leave alone, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "", f"Sitemap: {_base(request)}sitemap.xml"]
    return Response("\n".join(lines) + "\n", media_type="text/plain", headers=FIVE_MINUTES)


@get("/sitemap.xml")
async def sitemap(request: Visit, office: OfficeHere) -> Response[str]:
    """The front page and the published events that have not begun, the next first."""
    base = _base(request)
    pages = [base, *(f"{base}events/{event_id}" for event_id in await office.catalogue.upcoming(LARGEST - 1))]
    return Response("".join(_urlset(pages)), media_type="application/xml", headers=FIVE_MINUTES)


def _urlset(addresses: Iterable[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for address in addresses:
        yield f"<url><loc>{escape(address)}</loc></url>\n"
    yield "</urlset>\n"


def _base(request: Visit) -> str:
    """The address that the crawler used for this site: scheme and host of the request, with a slash."""
    return str(request.base_url)


HANDLERS: Final = (robots, sitemap)
