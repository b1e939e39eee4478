"""The pages of the drills: all of them with their scores, the one that is on, and what one would do before it is started."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_409_CONFLICT

from tixmaster.console.accounts import Account
from tixmaster.console.drills.objections import objections
from tixmaster.console.drills.scoreboard import STAGES, scores
from tixmaster.console.drills.start import Exercise, Starter
from tixmaster.console.now import LookoutHere
from tixmaster.console.rendering import page
from tixmaster.console.sessions import may_act
from tixmaster.console.settings.forms import who
from tixmaster.oncall import rehearsal
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import audit

COUNTED, SHOWN = 500, 10
StarterHere: TypeAlias = NamedDependency[Starter]
Person = Request[Account, Any, Any]


class Wish(msgspec.Struct, frozen=True):
    """The form that starts a drill; `approve` is ticked or not there."""

    approve: Literal["", "yes"] = ""


@get("/drills", sync_to_thread=True)
def show(request: Person, oncall: OncallHere, lookout: LookoutHere, starter: StarterHere) -> Template:
    """What is on, what there is, how it went."""
    lookout.looked_at()
    config = oncall.desk.config
    found, run = rehearsal.outcomes(config, COUNTED), rehearsal.newest_run(config)
    standing = starter.standing(run)
    return page(
        request,
        "drills",
        run=run,
        standing=standing,
        said=starter.said() if standing == "failed" else "",
        exercises=list(starter.exercises.values()),
        scores=scores(found),
        stages=STAGES,
        newest=found[:SHOWN],
        objections=objections(oncall.desk, lookout),
        fault_endpoints=config.fault_endpoints,
        now=oncall.desk.now(),
    )


@get("/drills/{name:str}", sync_to_thread=True)
def ask(
    request: Person, oncall: OncallHere, lookout: LookoutHere, starter: StarterHere, name: FromPath[str]
) -> Template:
    """What this drill would do. Nothing is done yet."""
    return _confirm(request, oncall, lookout, starter, _known(starter, name))


@post("/drills/{name:str}", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def start(
    request: Person,
    oncall: OncallHere,
    lookout: LookoutHere,
    starter: StarterHere,
    name: FromPath[str],
    data: URLEncodedBody[Wish],
) -> Redirect | Template:
    """Starts it; where something speaks against it, the page says what."""
    exercise, by = _known(starter, name), who(request)
    lookout.alarms.look()
    if objections(oncall.desk, lookout, exercise) or not starter.start(name, by.name, approve=bool(data.approve)):
        refused = _confirm(request, oncall, lookout, starter, exercise)
        refused.status_code = HTTP_409_CONFLICT
        return refused
    _note(oncall, "drill-started", name, by.name, by.address)
    lookout.practice.look()
    return _back()


@post("/drills/run/end", status_code=HTTP_303_SEE_OTHER, guards=[may_act], sync_to_thread=True)
def end(request: Person, oncall: OncallHere, lookout: LookoutHere, starter: StarterHere) -> Redirect:
    """Ends the run that is on: its fault is taken out first."""
    run, by = rehearsal.newest_run(oncall.desk.config), who(request)
    if run is not None and starter.end(run):
        _note(oncall, "drill-cancelled", ", ".join(run.names), by.name, by.address)
    lookout.practice.look()
    return _back()


def _confirm(request: Person, oncall: Oncall, lookout: LookoutHere, starter: Starter, exercise: Exercise) -> Template:
    config = oncall.desk.config
    found = [one for one in rehearsal.outcomes(config, COUNTED) if one.name == exercise.name]
    return page(
        request,
        "drill",
        drill=exercise,
        cause=oncall.desk.library.manual.causes.get(exercise.cause or ""),
        busy=starter.standing(rehearsal.newest_run(config)) in ("starting", "on", "ending"),
        objections=objections(oncall.desk, lookout, exercise),
        outcomes=found[:SHOWN],
    )


def _known(starter: Starter, name: str) -> Exercise:
    found = starter.exercises.get(name)
    if found is None:
        raise NotFoundException(f"there is no drill {name!r}; /drills lists them")
    return found


def _note(oncall: Oncall, act: audit.Act, about: str, by: str, address: str) -> None:
    with oncall.desk.database.write() as connection:
        audit.write(connection, act, about, by=by, at=oncall.desk.now(), address=address)


def _back() -> Redirect:
    return Redirect("/drills", status_code=HTTP_303_SEE_OTHER)


HANDLERS = (show, ask, start, end)
