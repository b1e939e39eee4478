"""/api/feature-flags"""

from __future__ import annotations

from litestar import Router, get, put
from litestar.params import FromPath, JSONBody

from tixmaster.boxoffice.errors import NotFoundError
from tixmaster.boxoffice.flags import queries
from tixmaster.boxoffice.flags.model import Flag, Turn
from tixmaster.boxoffice.identity import SignedIn, admin_only
from tixmaster.boxoffice.office import OfficeHere


@get("/")
async def flags(office: OfficeHere) -> dict[str, dict[str, Flag]]:
    """All flags."""
    return {"flags": await queries.all_flags(office.database)}


@get("/{key:str}")
async def flag(key: FromPath[str], office: OfficeHere) -> dict[str, str | Flag]:
    """One flag."""
    return _answer(key, await queries.find(office.database, key))


@put("/{key:str}", guards=[admin_only])
async def turn(
    key: FromPath[str], data: JSONBody[Turn], request: SignedIn, office: OfficeHere
) -> dict[str, str | Flag]:
    """Turns a flag on or off."""
    return _answer(key, await queries.turn(office.database, request.user.user_id, key, data.enabled))


def _answer(key: str, found: Flag | None) -> dict[str, str | Flag]:
    if found is None:
        raise NotFoundError("Feature flag not found")
    return {"key": key, "flag": found}


router = Router("/api/feature-flags", route_handlers=[flags, flag, turn])
