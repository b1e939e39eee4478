"""The gate: a code that is typed, scanned or read by the phone's camera, and one large answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template
from litestar.status_codes import HTTP_200_OK

from tixmaster.boxoffice import text
from tixmaster.boxoffice.errors import AlreadyUsedError, ConflictError, InvalidError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office, OfficeHere
from tixmaster.boxoffice.organizers.access import own_event
from tixmaster.boxoffice.organizers.model import OwnEvent
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit
from tixmaster.boxoffice.tickets.check_in import check_in_typed
from tixmaster.boxoffice.tickets.model import Admission, Scan
from tixmaster.boxoffice.tickets.qr import LONGEST

CAMERA: Final = "camera=(self), geolocation=(), microphone=()"
"""Permissions-Policy of this page: no other may use a camera."""
GATE_COOKIE: Final = "gate"
FIRST_GATE: Final = "1"
DAY: Final = 24 * 3600


class CheckForm(msgspec.Struct, frozen=True):
    """What stands on a ticket, and the name of this gate."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    gate: Annotated[str, msgspec.Meta(max_length=50)] = FIRST_GATE

    def __post_init__(self) -> None:
        text.check(self.gate, "gate", blank=True)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the gate says: a word, and what else is known of the ticket."""

    word: str
    admission: Admission | None = None
    used_at: datetime | None = None
    used_gate: str | None = None


@get("/events/{event_id:int}/gate")
async def gate(event_id: FromPath[int], request: Visit, office: OfficeHere) -> Template:
    """The gate of an event, ready for the first ticket."""
    event = await own_event(office.database, request.user, event_id)
    return _page(request, event, request.cookies.get(GATE_COOKIE, FIRST_GATE), None)


@post("/events/{event_id:int}/gate", status_code=HTTP_200_OK)
async def check(
    event_id: FromPath[int], data: URLEncodedBody[CheckForm], request: Visit, office: OfficeHere
) -> Template:
    """Lets a ticket in, or says why not. Both are answers of a gate that works, so both are 200."""
    event = await own_event(office.database, request.user, event_id)
    name = data.gate.strip() or FIRST_GATE
    shown = _page(request, event, name, await _check(office, request.user, event, data.code.strip(), name))
    shown.set_cookie(key=GATE_COOKIE, value=name, max_age=DAY, httponly=True, samesite="lax", path="/organizer")
    return shown


async def _check(office: Office, caller: Caller, event: OwnEvent, code: str, gate: str) -> Answer:
    try:
        admission = await check_in_typed(office, caller, Scan(qr=code, gate=gate, event_id=event.id))
    except AlreadyUsedError as error:
        return Answer(word="used", used_at=error.used_at, used_gate=error.gate)
    except ConflictError as error:
        return Answer(word=error.reason)
    except NotFoundError:
        return Answer(word="unknown")
    except InvalidError:
        return Answer(word="forged")
    return Answer(word="admitted", admission=admission)


def _page(request: Visit, event: OwnEvent, gate: str, answer: Answer | None) -> Template:
    return page(request, "organizer/gate", devices=CAMERA, event=event, gate=gate, answer=answer)


HANDLERS: Final = (gate, check)
