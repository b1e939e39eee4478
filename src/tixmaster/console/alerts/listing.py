"""What rings, what is muted and by what; the silences; what was rejected; planned maintenance."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter
from litestar.response import Template

from tixmaster.console.alerts.forms import LENGTHS, MAINTENANCE_LENGTHS
from tixmaster.console.alerts.view import STATES, AlertRow, SilenceRow, alert_rows, silence_rows
from tixmaster.console.lookout import FIRST_WORD_SECONDS
from tixmaster.console.now import LookoutHere
from tixmaster.console.rendering import page
from tixmaster.oncall import rejections
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.store import incidents

SHOWN = 200
REJECTED_SHOWN = 50
Text = Annotated[str, QueryParameter(max_length=200)]


@get("/alerts", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    lookout: LookoutHere,
    which: Annotated[str, QueryParameter(name="state", max_length=20)] = "",
    service: Text = "",
    severity: Text = "",
    q: Text = "",
) -> Template:
    """Everything that Alertmanager holds, as it was heard last; an empty field wants all."""
    if which and which not in STATES:
        raise ValidationException(f"state={which} is not known; choose one of {', '.join(STATES)}")
    lookout.looked_at(FIRST_WORD_SECONDS)
    seen, desk = lookout.alarms.seen, oncall.desk
    rows: list[AlertRow] = []
    silences: list[SilenceRow] = []
    if seen.answer and not seen.problem:
        rows = alert_rows(seen.answer, _incidents(desk, [one.fingerprint for one in seen.answer.alerts]))
        silences = silence_rows(seen.answer)
    plans = lookout.plans.look().answer
    with desk.database.read() as connection:
        rejected, rejected_number = rejections.newest(connection, REJECTED_SHOWN), rejections.count(connection)
    wanted = [
        row
        for row in rows
        if which in ("", row.state)
        and service in ("", row.service)
        and severity in ("", row.severity)
        and all(word.lower() in _said(row) for word in q.split())
    ]
    return page(
        request,
        "alerts",
        seen=seen,
        rows=wanted[:SHOWN],
        number=len(wanted),
        held=len(rows),
        narrowed=bool(which or service or severity or q),
        given={"state": which, "service": service, "severity": severity, "q": q},
        states=STATES,
        services=sorted({row.service for row in rows if row.service}),
        severities=sorted({row.severity for row in rows if row.severity}),
        silences=silences,
        rejected=rejected,
        rejected_number=rejected_number,
        rejected_kept=rejections.KEPT,
        rejected_days=rejections.KEPT_FOR.days,
        windows=plans.windows if plans else (),
        service_names=desk.config.service_names,
        lengths=LENGTHS,
        maintenance_lengths=MAINTENANCE_LENGTHS,
        now=desk.now(),
    )


def _said(row: AlertRow) -> str:
    texts = (row.name, row.service, *row.summary.values(), *(f"{name}={value}" for name, value in row.labels))
    return " ".join(texts).lower()


def _incidents(desk: Desk, fingerprints: list[str]) -> dict[str, str]:
    """The open incident of each alert."""
    with desk.database.read() as connection:
        found = incidents.open_with_alerts(connection, fingerprints)
    return {row["alert_fingerprint"]: incidents.name_of(row["number"]) for row in found}


HANDLERS = (show,)
