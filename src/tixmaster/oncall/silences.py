"""Silences that people make: what one would mute, and making, extending and ending it, each with a row of the audit.

Alertmanager keeps them. The ways in which a broken alert path is noticed cannot be muted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import SilenceError
from tixmaster.oncall.maintenance import ALERTMANAGER_SECONDS, LONGEST, NOT_MUTED
from tixmaster.oncall.store import audit
from tixmaster.oncall.store.schema import alert_event
from tixmaster.stack.monitoring.client import Alert, Alertmanager, Matcher, Silence
from tixmaster.stack.monitoring.matchers import fit
from tixmaster.stack.said import said

PAST_EVENTS = 2000
"""So many of the newest alert events are held against a silence that is being thought of."""
NEVER = frozenset(NOT_MUTED.split("|"))
EXCEPT_THESE = f'alertname!~"{NOT_MUTED}"'
"""The matcher by which a wide silence leaves them alone."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a silence would mute: of the alerts that are held now, and of those of the past by name and service."""

    now: list[Alert]
    past: list[tuple[str, str, int]]
    """The most frequent first."""
    events: int
    since: datetime | None
    """How many events of the past were looked at, and how far back they reach."""
    forbidden: list[str]
    """What it would mute and must not."""


def reach(connection: sa.Connection, matchers: Sequence[Matcher], held: Iterable[Alert]) -> Reach:
    """Holds the matchers against what there is and was."""
    alerts = [one for one in held if fit(matchers, one.labels)]
    events = connection.execute(
        sa.select(alert_event.c.labels, alert_event.c.received_at)
        .where(alert_event.c.status == "firing")
        .order_by(alert_event.c.id.desc())
        .limit(PAST_EVENTS)
    ).all()
    past = Counter(
        (event.labels.get("alertname", ""), event.labels.get("service", ""))
        for event in events
        if fit(matchers, event.labels)
    )
    named = {one.name for one in alerts} | {name for name in NEVER if fit(matchers, {"alertname": name})}
    return Reach(
        now=alerts,
        past=[(name, service, times) for (name, service), times in past.most_common()],
        events=len(events),
        since=events[-1].received_at if events else None,
        forbidden=sorted(named & NEVER),
    )


def make(
    desk: Desk, matchers: Sequence[Matcher], span: timedelta, comment: str, *, by: str, address: str = audit.HERE
) -> str:
    """Makes a silence that begins now; returns its id. Raises `SilenceError`, and `StackError` where Alertmanager is away."""
    now = desk.now()
    with _alertmanager(desk) as alertmanager:
        with desk.database.read() as connection:
            found = reach(connection, matchers, alertmanager.alerts())
        if found.forbidden:
            raise SilenceError(
                said(
                    "it would mute {alerts}, by which a broken alert path is noticed; add the matcher {except_these}",
                    "此靜音將涵蓋 {alerts}，而警報路徑中斷正是由其發現；請加上條件 {except_these}",
                    alerts=", ".join(found.forbidden),
                    except_these=EXCEPT_THESE,
                )
            )
        _check_length(span)
        made = alertmanager.silence(matchers, begins=now, ends=now + span, by=by, comment=comment)
    _note(desk, "silence-made", matchers, comment, by=by, address=address)
    return made


def extend(desk: Desk, silence: str, span: timedelta, *, by: str, address: str = audit.HERE) -> None:
    """Lets it end so much later; raises `SilenceError` where there is none of that id any more."""
    with _alertmanager(desk) as alertmanager:
        found = _find(alertmanager, silence)
        _check_length(found.ends_at + span - desk.now())
        alertmanager.silence(
            found.matchers,
            begins=found.starts_at,
            ends=found.ends_at + span,
            by=found.created_by,
            comment=found.comment,
            replaces=found.id,
        )
    _note(desk, "silence-extended", found.matchers, found.comment, by=by, address=address)


def end(desk: Desk, silence: str, *, by: str, address: str = audit.HERE) -> None:
    """Ends it now; raises `SilenceError` where there is none of that id any more."""
    with _alertmanager(desk) as alertmanager:
        found = _find(alertmanager, silence)
        alertmanager.end_silence(found.id)
    _note(desk, "silence-ended", found.matchers, found.comment, by=by, address=address)
    desk.review.set()


def _find(alertmanager: Alertmanager, silence: str) -> Silence:
    found = next((one for one in alertmanager.silences() if one.id == silence), None)
    if found is None:
        raise SilenceError(said("this silence has ended already; make a new one", "此靜音已結束；請另建新的靜音"))
    return found


def _check_length(span: timedelta) -> None:
    if span > LONGEST:
        raise SilenceError(
            said(
                "a silence lasts {days} days at most: who would remember it?",
                "靜音最長 {days} 天，再久便無人記得",
                days=LONGEST.days,
            )
        )


def _alertmanager(desk: Desk) -> Alertmanager:
    return Alertmanager(desk.config.url("alertmanager"), timeout=ALERTMANAGER_SECONDS)


def _note(desk: Desk, act: audit.Act, matchers: Sequence[Matcher], comment: str, *, by: str, address: str) -> None:
    about = f"{', '.join(map(str, matchers))}: {comment}"
    with desk.database.write() as connection:
        audit.write(connection, act, about, by=by, at=desk.now(), address=address)
