"""Feature flags, to be turned."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.flags import queries
from tixmaster.boxoffice.flags.model import Turn
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit


@get("/flags")
async def flags(request: Visit, office: OfficeHere) -> Template:
    """All flags."""
    return page(request, "administrator/flags", flags=await queries.all_flags(office.database))


@post("/flags/{key:str}", status_code=HTTP_303_SEE_OTHER)
async def turn(key: FromPath[str], data: URLEncodedBody[Turn], request: Visit, office: OfficeHere) -> Redirect:
    """Turns a flag on or off."""
    if await queries.turn(office.database, request.user.user_id, key, data.enabled) is None:
        raise NotFoundError("Feature flag not found")
    return Redirect("/admin/flags", status_code=HTTP_303_SEE_OTHER)


HANDLERS: Final = (flags, turn)
