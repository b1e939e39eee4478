"""Silences: thought of first, with what each would mute; then made, extended, ended."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.console.accounts import Account
from tixmaster.console.alerts.forms import LENGTHS, USUAL, Comment
from tixmaster.console.now import LookoutHere
from tixmaster.console.rendering import page
from tixmaster.console.sessions import may_act
from tixmaster.console.settings.forms import who
from tixmaster.oncall import silences
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.errors import SilenceError
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring import matchers as syntax
from tixmaster.stack.monitoring.client import Matcher
from tixmaster.stack.said import said

LONGEST = 4000
Person = Request[Account, Any, Any]
Length = Literal["15m", "1h", "4h", "12h", "1d", "7d"]


class NewSilence(msgspec.Struct, frozen=True, kw_only=True):
    """The form that makes one."""

    matchers: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    length: Length
    comment: Comment


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The buttons beside one."""

    act: Literal["extend", "end"]
    length: Length = "1h"


@get("/alerts/silence", guards=[may_act], sync_to_thread=True)
def think(
    request: Person,
    oncall: OncallHere,
    lookout: LookoutHere,
    matchers: Annotated[str, QueryParameter(max_length=LONGEST)] = "",
    length: Annotated[str, QueryParameter(max_length=10)] = USUAL,
    comment: Annotated[str, QueryParameter(max_length=1000)] = "",
) -> Template:
    """The form, and what the silence in it would mute. Nothing is done yet."""
    parsed: tuple[Matcher, ...] = ()
    problem: str | None = None
    found: silences.Reach | None = None
    try:
        parsed = _parse(matchers)
    except (ConfigError, SilenceError) as error:
        problem = str(error)
    seen = lookout.alarms.seen
    if parsed:
        with oncall.desk.database.read() as connection:
            found = silences.reach(connection, parsed, seen.answer.alerts if seen.answer else ())
    return page(
        request,
        "silence",
        matchers=matchers,
        length=length if length in LENGTHS else USUAL,
        comment=comment.strip(),
        lengths=LENGTHS,
        problem=problem if matchers.strip() else None,
        reach=found,
        parsed=parsed,
        seen=seen,
        except_these=silences.EXCEPT_THESE,
    )


@post("/alerts/silences", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def make(request: Person, oncall: OncallHere, lookout: LookoutHere, data: URLEncodedBody[NewSilence]) -> Redirect:
    """Makes the silence; the page then shows it."""
    by, comment = who(request), data.comment.strip()
    if not comment:
        raise SilenceError(
            said("say why: whoever finds the silence will want to know", "請填寫原因：看到此靜音的人會想知道")
        )
    try:
        parsed = _parse(data.matchers)
    except ConfigError as error:
        raise SilenceError(error.words) from error
    made = silences.make(oncall.desk, parsed, LENGTHS[data.length], comment, by=by.name, address=by.address)
    return _back(lookout, f"#s-{made}")


@post("/alerts/silences/{silence:str}", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def change(
    request: Person,
    oncall: OncallHere,
    lookout: LookoutHere,
    silence: FromPath[str],
    data: URLEncodedBody[Change],
) -> Redirect:
    """Extends a silence, or ends it."""
    by = who(request)
    if data.act == "extend":
        silences.extend(oncall.desk, silence, LENGTHS[data.length], by=by.name, address=by.address)
        return _back(lookout, f"#s-{silence}")
    silences.end(oncall.desk, silence, by=by.name, address=by.address)
    return _back(lookout, "#silences")


def _parse(text: str) -> tuple[Matcher, ...]:
    """The matchers, one a line; raises `ConfigError` for what is none, `SilenceError` for none at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise SilenceError(
            said("name at least one matcher, for example service=backend", "請至少填寫一個條件，例如 service=backend")
        )
    return tuple(syntax.parse(line) for line in lines)


def _back(lookout: LookoutHere, anchor: str) -> Redirect:
    """To the list, which shows what has just been done."""
    lookout.alarms.look()
    return Redirect(f"/alerts{anchor}", status_code=HTTP_303_SEE_OTHER)


HANDLERS = (think, make, change)
