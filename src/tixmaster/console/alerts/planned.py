"""Maintenance windows: announced and ended on the page of alerts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.console.accounts import Account
from tixmaster.console.alerts.forms import MAINTENANCE_LENGTHS, Zone, moment_of
from tixmaster.console.sessions import may_act
from tixmaster.console.settings.forms import who
from tixmaster.oncall import maintenance
from tixmaster.oncall.api import OncallHere, RowNumber
from tixmaster.oncall.errors import MaintenanceError
from tixmaster.stack.said import said

Person = Request[Account, Any, Any]


class NewWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The form that announces one; an empty service is everything, an empty beginning is now."""

    title: Annotated[str, msgspec.Meta(max_length=200)]
    length: Literal["15m", "30m", "1h", "2h", "4h", "8h", "1d"]
    service: str = ""
    begins: Annotated[str, msgspec.Meta(max_length=30)] = ""
    zone: Zone = 0


@post("/alerts/maintenance", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def announce(request: Person, oncall: OncallHere, data: URLEncodedBody[NewWindow]) -> Redirect:
    """Announces planned work."""
    desk, by, title = oncall.desk, who(request), data.title.strip()
    if not title:
        raise MaintenanceError(
            said(
                "say what is done: whoever finds the window will want to know", "請填寫維護內容：看到此時段的人會想知道"
            )
        )
    begins = moment_of(data.begins, data.zone, desk.now())
    ends = begins + MAINTENANCE_LENGTHS[data.length]
    maintenance.announce(desk, title, data.service or None, begins, ends, by=by.name, address=by.address)
    return _back()


@post("/alerts/maintenance/{number:int}/end", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def end(request: Person, oncall: OncallHere, number: RowNumber) -> Redirect:
    """Ends it now; what still fires becomes an incident within a minute."""
    by = who(request)
    maintenance.end(oncall.desk, number, by=by.name, address=by.address)
    return _back()


def _back() -> Redirect:
    return Redirect("/alerts#maintenance", status_code=HTTP_303_SEE_OTHER)


HANDLERS = (announce, end)
