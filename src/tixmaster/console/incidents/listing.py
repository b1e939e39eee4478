"""The list of incidents: what is wanted stands in the address, so a list can be kept, sent and gone back to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from litestar import Request, get
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter
from litestar.response import Template

from tixmaster.console.incidents.row import row_of
from tixmaster.console.rendering import page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.store import search
from tixmaster.oncall.store.incidents import LARGEST_ID

SHOWN = 50
LONGEST_SEARCH = 200
Text = Annotated[str, QueryParameter(max_length=LONGEST_SEARCH)]
W = TypeVar("W", bound=str)


@get("/incidents", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    which: Annotated[str, QueryParameter(name="state", max_length=20)] = "",
    severity: Text = "",
    service: Text = "",
    alert: Text = "",
    cause: Text = "",
    assignee: Text = "",
    since: Annotated[str, QueryParameter(name="from", max_length=10)] = "",
    until: Annotated[str, QueryParameter(name="to", max_length=10)] = "",
    drills: Text = "with",
    q: Text = "",
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_ID)] = None,
) -> Template:
    """Incidents, the newest first; every field that is empty wants all."""
    wanted = search.Filter(
        state=_one_of("state", which, search.STATES) if which else None,
        severity=severity or None,
        service=service or None,
        alert=alert or None,
        cause=cause or None,
        assignee=assignee or None,
        since=_day("from", since),
        until=_day("to", until, after=timedelta(days=1)),
        drills=_one_of("drills", drills, search.DRILLS),
        words=tuple(q.split()),
    )
    with oncall.desk.database.read() as connection:
        found = search.find(connection, wanted, limit=SHOWN + 1, before=before)
        there = search.choices(connection)
    return page(
        request,
        "incidents",
        rows=[row_of(item) for item in found.rows[:SHOWN]],
        number=found.number,
        more=_address(request, before=found.rows[SHOWN - 1]["number"]) if len(found.rows) > SHOWN else None,
        newest=_address(request) if before else None,
        narrowed=wanted != search.Filter(),
        given={name: request.query_params.get(name, "") for name in FIELDS},
        choices=there,
        states=search.STATES,
        drill_choices=search.DRILLS,
        now=oncall.desk.now(),
    )


FIELDS = ("state", "severity", "service", "alert", "cause", "assignee", "from", "to", "drills", "q")


def _address(request: Request[Any, Any, Any], **more: int) -> str:
    """This list on another page; fields without a value are left out."""
    kept = {name: value for name in FIELDS if (value := request.query_params.get(name))}
    return "/incidents?" + urlencode(kept | more)


def _one_of(name: str, value: str, known: tuple[W, ...]) -> W:
    found = next((one for one in known if one == value), None)
    if found is None:
        raise ValidationException(f"{name}={value} is not known; choose one of {', '.join(known)}")
    return found


def _day(name: str, text: str, after: timedelta = timedelta()) -> datetime | None:
    """The beginning of a day (UTC), as the browser's date field writes it."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + after
    except (ValueError, OverflowError) as error:
        raise ValidationException(f"{name}={text} is no day such as 2026-03-01") from error


HANDLERS = (show,)
