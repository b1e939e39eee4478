"""The start page: how things are at this moment. It is made of what is known already, so it answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.response import Template

from tixmaster.console.incidents.row import Row, row_of
from tixmaster.console.lookout import FIRST_WORD_SECONDS, Figures, Lookout, Plans, Seen
from tixmaster.console.lookout.figures import FAILING
from tixmaster.console.rendering import page
from tixmaster.oncall import rehearsal
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import facts, search
from tixmaster.stack.monitoring.client import Alert
from tixmaster.stack.monitoring.timings import PROFILES, silence
from tixmaster.stack.status import ServiceStatus

INCIDENTS_SHOWN, ALERTS_SHOWN = 20, 20
REFRESH_SECONDS = 30
"""How often an open page asks for new figures; what matters it is told."""
OPTIONAL = "grafana"
"""The service whose absence is no trouble."""

LookoutHere: TypeAlias = NamedDependency[Lookout]
Condition = Literal["well", "ill", "failing", "unknown"]


@dataclass(frozen=True, kw_only=True)
class ServiceRow:
    """A service as the page shows it; figures are None where it has none."""

    name: str
    condition: Condition
    state: str
    """The manager's word."""
    detail: str
    address: str
    manager: str
    since: datetime | None
    """Since when the process runs; of one in trouble, since when the trouble is known here."""
    heard_at: datetime | None
    requests: float | None
    latency: float | None
    failing: float | None


@dataclass(frozen=True, kw_only=True)
class Now:
    """The system at this moment."""

    now: datetime
    services: list[ServiceRow]
    incidents: list[Row]
    incident_count: int
    ringing: list[Alert]
    silences: int
    alarms_problem: str | None
    figures: Seen[Figures]
    plans: Plans | None
    watchdog_at: datetime | None
    watchdog_late: bool
    drill: rehearsal.Outcome | None

    @property
    def troubled(self) -> list[ServiceRow]:
        """The services that are not well, as far as is known."""
        return [one for one in self.services if one.condition in ("ill", "failing")]

    @property
    def unknown(self) -> list[ServiceRow]:
        """The services of which nothing was heard, or not lately."""
        return [one for one in self.services if one.condition == "unknown"]

    @property
    def verdict(self) -> Literal["incidents", "services", "alerts", "blind", "asking", "well"]:
        """The one sentence at the top: the worst that is known."""
        if self.incident_count:
            return "incidents"
        if self.troubled:
            return "services"
        if self.ringing:
            return "alerts"
        if self.alarms_problem or self.figures.problem or self.watchdog_late:
            return "blind"
        return "asking" if self.unknown else "well"


@get("/", sync_to_thread=True)
def show(request: Request[Any, Any, Any], oncall: OncallHere, lookout: LookoutHere) -> Template:
    """How things are."""
    lookout.looked_at(FIRST_WORD_SECONDS)
    return page(request, "now", view=look(oncall.desk, lookout), every=REFRESH_SECONDS)


def look(desk: Desk, lookout: Lookout) -> Now:
    """What is known at this moment."""
    now = desk.now()
    with desk.database.read() as connection:
        current = search.Filter(state="current")
        found = search.find(connection, current, limit=INCIDENTS_SHOWN)
        heard = facts.watchdog_seen_at(connection)
        drilling = facts.drill_in_force(connection, now)
    alarms, figures, practice = lookout.alarms.seen, lookout.figures.seen, lookout.practice.seen.answer
    timings = PROFILES["drill" if drilling else desk.config.timing]
    # After a start of ours the Watchdog has its time to come.
    counted_from = lookout.began_at + timedelta(seconds=timings.watchdog_start)
    waited = now - (max(heard, counted_from) if heard else counted_from)
    return Now(
        now=now,
        services=_services(lookout, now),
        incidents=[row_of(item) for item in found.rows],
        incident_count=found.number,
        ringing=list(alarms.answer.ringing[:ALERTS_SHOWN]) if alarms.answer and not alarms.problem else [],
        silences=len(alarms.answer.active_silences) if alarms.answer and not alarms.problem else 0,
        alarms_problem=alarms.problem,
        figures=figures,
        plans=lookout.plans.seen.answer,
        watchdog_at=heard,
        watchdog_late=waited > timedelta(seconds=silence(timings)),
        drill=practice.last if practice else None,
    )


def _services(lookout: Lookout, now: datetime) -> list[ServiceRow]:
    seen = lookout.figures.seen
    figures = (seen.answer if not seen.problem else None) or Figures()
    rows = [_service(name, watch.seen, figures, old=watch.is_old(now)) for name, watch in lookout.services.items()]
    return [one for one in rows if one.name != OPTIONAL or one.condition == "well"]


def _service(name: str, seen: Seen[ServiceStatus], figures: Figures, *, old: bool) -> ServiceRow:
    status = seen.answer
    failing = figures.failing.get(name)
    condition: Condition = "well"
    if status is None or old:
        condition = "unknown"
    elif not status.healthy:
        condition = "ill"
    elif failing is not None and failing >= FAILING:
        condition = "failing"
    return ServiceRow(
        name=name,
        condition=condition,
        state=status.state if status else "",
        detail=status.detail if status else seen.problem or "",
        address=status.address if status else "",
        manager=status.manager if status else "",
        since=status.started_at if status and status.healthy else seen.since,
        heard_at=seen.answered_at,
        requests=figures.requests.get(name),
        latency=figures.latency.get(name),
        failing=failing,
    )


HANDLERS = (show,)
