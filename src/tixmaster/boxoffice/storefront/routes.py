"""The storefront, and the answer to paths of the API that do not exist."""

from __future__ import annotations

from typing import Any, Final

import jinja2
from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException

from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.words import words_for

API: Final = frozenset({"api", "auth"})

_page = jinja2.Environment(
    loader=jinja2.PackageLoader(__package__), autoescape=True, trim_blocks=True, lstrip_blocks=True
).get_template("events.html.j2")


@get(["/", "/{path:path}"], include_in_schema=False)
async def storefront(request: Request[Any, Any, Any], office: OfficeHere) -> Response[str]:
    """What is on, as a page."""
    if request.url.path.split("/")[1] in API:
        raise NotFoundException
    words = words_for(request.headers.get("accept-language", ""))
    html = _page.render(words=words, events=await office.catalogue.events())
    return Response(html, media_type=MediaType.HTML, headers={"Vary": "Accept-Language"})
