"""/api/analytics"""

from __future__ import annotations

from litestar import Router, get, post
from litestar.params import JSONBody

from tixmaster.boxoffice.analytics import queries
from tixmaster.boxoffice.analytics.model import Note, Noted, Summary
from tixmaster.boxoffice.identity import SignedIn, admin_only, signed_in
from tixmaster.boxoffice.office import OfficeHere


@post("/event", guards=[signed_in])
async def add(data: JSONBody[Note], request: SignedIn, office: OfficeHere) -> dict[str, str | int]:
    """Notes what the caller did."""
    return {"message": "Event recorded", "id": await queries.add(office.database, request.user.user_id, data)}


@get("/events", guards=[admin_only])
async def newest(office: OfficeHere) -> dict[str, list[Noted]]:
    """The newest notes."""
    return {"events": await queries.newest(office.database)}


@get("/metrics", guards=[admin_only])
async def metrics(office: OfficeHere) -> dict[str, dict[str, int]]:
    """How often each thing was done in the last 30 days."""
    return {"metrics": await queries.counts(office.database)}


@get("/summary", guards=[admin_only])
async def summary(office: OfficeHere) -> dict[str, Summary]:
    """Everything in short."""
    return {"summary": await queries.summary(office.database)}


router = Router("/api/analytics", route_handlers=[add, newest, metrics, summary])
