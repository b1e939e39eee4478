"""Stage 2, incident: a stored alert event opens an incident, joins one, or ends one.

One open incident per fingerprint, and one per cause (`kinship.py`): an instance of an open incident's alert, or a symptom of
it, joins; an alert that explains the open incident's alert takes it over, unless that cause is known already, or it began
while the service was deployed, or restarted by on-call. What comes and goes (`flaps.py`) is investigated no more often than
it must.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
import structlog

from tixmaster.oncall import flaps, kinship, maintenance, normalize, rejections
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import GivenUpError
from tixmaster.oncall.intake import WATCHDOG_ALERT
from tixmaster.oncall.rejections import Rejection
from tixmaster.oncall.store import facts, incidents, timeline, trouble
from tixmaster.oncall.store.bilingual import columns
from tixmaster.oncall.store.schema import action, alert_event, incident, incident_alert
from tixmaster.oncall.store.upsert import insert
from tixmaster.stack.said import Said, joined, said

log = structlog.get_logger(__name__)

BATCH = 200
"""Events that share a transaction: one wait for the disk, and no long hold of the writer's place."""
SHOWS_LATE = timedelta(seconds=15)
"""How long after the end of a deploy an alert about the stop in it may still begin."""
NAMED = 3
"""How many instances a row of the timeline names of those that join together."""

Decision = Literal[
    "opened",
    "joined",
    "took-over",
    "fired-again",
    "flapping",
    "known",
    "stale",
    "resolved",
    "unseen",
    "maintenance",
    "undecidable",
]
"""Why an event led to what it led to; the same word is stored, logged and counted."""


def absorb_waiting(desk: Desk) -> list[Decision]:
    """Decides on every event that waits, oldest first."""
    decisions: list[Decision] = []
    while True:
        batch = _absorb_next(desk, BATCH)
        decisions += batch
        if len(batch) < BATCH:
            return decisions


def _absorb_next(desk: Desk, many: int) -> list[Decision]:
    """Decides on the next events in one transaction; where that fails, one by one, and the culprit is left behind."""
    with desk.database.read() as connection:  # mostly nothing waits, and looking must not make writers wait
        if not _waiting(connection, 1):
            return []
    try:
        with desk.database.write() as connection:
            return _Absorption(desk, connection).decide_on(_waiting(connection, many))
    except Exception as error:
        if trouble.passes(error) or isinstance(error, GivenUpError):
            raise  # nothing is wrong with the events
        if many > 1:
            return [decision for _ in range(many) for decision in _absorb_next(desk, 1)]
        log.exception("alert-undecidable")
        return _leave_behind(desk, error)


def _waiting(connection: sa.Connection, many: int) -> list[dict[str, Any]]:
    query = sa.select(alert_event).where(alert_event.c.decision.is_(None)).order_by(alert_event.c.id).limit(many)
    return [dict(row) for row in connection.execute(query).mappings()]


def _leave_behind(desk: Desk, error: Exception) -> list[Decision]:
    """An event that nothing can be made of must not hold up those behind it; it stays stored, with that word, and the
    console lists it."""
    detail = said(
        "on-call failed to decide on it ({kind}); var/oncall/logs/error.log says where",
        "值勤系統無法處理此警報（{kind}）；詳情見 var/oncall/logs/error.log",
        kind=type(error).__name__,
    )
    with desk.database.write() as connection:
        events = _waiting(connection, 1)
        _note_decisions(connection, [(event, "undecidable") for event in events], desk)
        rejections.keep(
            connection,
            [
                Rejection(
                    reason="undecidable",
                    detail=detail,
                    sent=json.dumps(
                        {name: event[name] for name in ("status", "labels", "annotations")}, ensure_ascii=False
                    ),
                    source="incident stage",
                    at=desk.now(),
                )
                for event in events
            ],
        )
    return ["undecidable"]


def _note_decisions(connection: sa.Connection, decided: list[tuple[dict[str, Any], Decision]], desk: Desk) -> None:
    if decided:
        connection.execute(
            sa.update(alert_event)
            .where(alert_event.c.id == sa.bindparam("event"))
            .values(decision=sa.bindparam("word"), decided_at=desk.now()),
            [{"event": event["id"], "word": decision} for event, decision in decided],
        )


@dataclass(kw_only=True)
class _Held:
    """An alert as an open incident holds it."""

    number: int
    status: str
    starts_at: datetime


class _Absorption:
    """One transaction's worth of decisions: what they need is read at once, what they change is written at once.

    Alerts that join an incident together share a row of its timeline.
    """

    def __init__(self, desk: Desk, connection: sa.Connection) -> None:
        self._desk = desk
        self._connection = connection
        self._now = desk.now()
        self._incidents: dict[int, dict[str, Any]] = {}
        self._held: dict[str, _Held] = {}
        self._kin: dict[kinship.Named, kinship.Kin | None] = {}
        self._maintained: dict[str, bool] = {}
        self._to_hold: dict[tuple[int, str], dict[str, Any]] = {}
        self._joined: dict[tuple[int, str, Said | None], list[dict[str, str]]] = {}

    def decide_on(self, events: list[dict[str, Any]]) -> list[Decision]:
        """Decides on each in turn, and writes down what was decided."""
        self._look_up({event["fingerprint"] for event in events})
        decided = [(event, self._decide(event)) for event in events]
        self._write_held()
        self._tell_of_joins()
        _note_decisions(self._connection, decided, self._desk)
        return [decision for _, decision in decided]

    def _look_up(self, fingerprints: set[str]) -> None:
        """The open incidents that hold one of the alerts already."""
        for row in incidents.open_with_alerts(self._connection, fingerprints):
            self._incidents[row["number"]] = row
            self._held[row["alert_fingerprint"]] = _Held(
                number=row["number"], status=row["alert_status"], starts_at=row["alert_starts_at"]
            )

    def _decide(self, event: dict[str, Any]) -> Decision:
        held = self._held.get(event["fingerprint"])
        if event["status"] == "resolved":
            return self._resolve(event, held) if held else "unseen"
        if held:
            return self._fire_again(event, held)
        if event["labels"]["alertname"] != WATCHDOG_ALERT and self._is_maintained(_named(event)[1]):
            return "maintenance"
        kin = self._kin_of(_named(event)) or self._effect(event)
        return self._join(event, kin) if kin else self._open(event)

    def _is_maintained(self, service: str) -> bool:
        if service not in self._maintained:
            self._maintained[service] = maintenance.covering(self._desk, self._connection, service) is not None
        return self._maintained[service]

    def _kin_of(self, alert: kinship.Named) -> kinship.Kin | None:
        if alert not in self._kin:
            found = self._kin[alert] = kinship.find(self._desk, self._connection, alert)
            if found:
                self._incidents.setdefault(found.incident["number"], found.incident)
        return self._kin[alert]

    def _open(self, event: dict[str, Any]) -> Decision:
        labels = event["labels"]
        drill = facts.drill_in_force(self._connection, self._now)
        opened = self._connection.execute(
            sa.insert(incident)
            .values(
                **incidents.number_for_next(self._connection),
                fingerprint=event["fingerprint"],
                alertname=labels["alertname"],
                service=service_of(labels),
                severity=labels.get("severity", "warning"),
                **columns(title=title_of(event)),
                state="open",
                drill=drill["name"] if drill else None,
                started_at=event["starts_at"],
                opened_at=self._now,
                run=1,
            )
            .returning(incident)
        )
        row = dict(opened.mappings().one())
        number = row["number"]
        self._incidents[number] = row
        self._kin.clear()
        self._hold(number, event)
        self._note_arrival(number, event)
        self._note_replaced(number, event)
        opening = said("Incident opened: {title}", "事件建立：{title}", title=title_of(event))
        self._append(number, "incident-opened", opening)
        return "opened"

    def _note_arrival(self, number: int, event: dict[str, Any]) -> None:
        """Where the alert comes from: Prometheus and Alertmanager, or the dead man's switch in their place."""
        name, at = event["labels"]["alertname"], event["starts_at"]
        if name == WATCHDOG_ALERT:
            silent = said("The Watchdog has been silent since", "Watchdog 自此未再送達")
            timeline.append(self._connection, number, "alert-firing", silent, at=at)
            return
        began = said("{name} began to fire", "{name} 開始觸發", name=name)
        timeline.append(self._connection, number, "alert-firing", began, at=at, by="prometheus")
        told, told_at = said("Alertmanager told on-call", "Alertmanager 通知值勤系統"), event["received_at"]
        timeline.append(self._connection, number, "webhook-received", told, at=told_at, by="alertmanager")

    def _note_replaced(self, number: int, event: dict[str, Any]) -> None:
        """What intake replaced in the alert, with the original value; once for each sentence."""
        name = event["labels"]["alertname"]
        for english, chinese in zip(event["notes"], event["notes_zh"], strict=True):
            text = said("{name}: {note}", "{name}：{note}", name=name, note=Said(english, chinese))
            key = f"replaced:{name}:{english}"
            self._append(number, "alert-replaced", text, key=key)

    def _join(self, event: dict[str, Any], kin: kinship.Kin) -> Decision:
        """One cause, one page: the alert becomes part of the incident that is already open."""
        (alertname, service), number = _named(event), kin.incident["number"]
        held = self._incidents[number]
        self._hold(number, event)
        self._note_replaced(number, event)
        changes: dict[str, Any] = {"state": "open", "resolved_at": None}
        why: Said | None = None
        takes_over = kin.relation == "cause"
        if takes_over and facts.in_a_deploy(self._connection, service, event["starts_at"], SHOWS_LATE):
            takes_over = False
            why = said(
                "it began in a deploy of the service, and is no cause of its own",
                "始於該服務部署期間，並非獨立原因",
            )
        elif kin.relation == "effect" or (takes_over and number in self._restarting(event)):
            takes_over = False
            why = said(
                "it began while on-call restarted the service, and is no cause of its own",
                "始於值勤系統重新啟動該服務期間，並非獨立原因",
            )
        elif takes_over and self._is_found_already(event, held):
            takes_over, why = False, said("it is the cause that was found", "即為已查出的原因")
        elif takes_over:
            why = said("it explains the first alert and is investigated now", "可解釋最初的警報，現改為調查此項")
            changes |= {"alertname": alertname, "service": service, **columns(title=title_of(event))}
        if takes_over or (kin.relation == "same" and held["state"] == "resolved"):
            changes["run"] = held["run"] + 1
        self._change(number, **changes)
        self._joined.setdefault((number, alertname, why), []).append(event["labels"])
        return "took-over" if takes_over else "joined"

    def _is_found_already(self, event: dict[str, Any], held: dict[str, Any]) -> bool:
        """Whether the investigation has found a cause that the alert's own runbook would find."""
        found = incidents.causes(self._connection, held["number"], held["run"])
        alertname, service = event["labels"]["alertname"], service_of(event["labels"])
        return bool(found) and found[0]["id"] in {
            row.cause for row in self._desk.library.runbook_for(alertname, service).decisions
        }

    def _restarting(self, event: dict[str, Any]) -> list[int]:
        """The open incidents for which on-call restarted the service when the alert began: a long one looks like an end."""
        began, ended = action.c.started_at, action.c.finished_at
        found = self._connection.execute(
            sa.select(incident.c.number)
            .join(action, action.c.incident == incident.c.number)
            .where(
                incident.c.state != "closed",
                action.c.service == service_of(event["labels"]),
                began <= event["starts_at"],
                sa.or_(ended.is_(None), ended >= event["starts_at"]),
                action.c.state.in_(("running", "done")),
            )
            .order_by(incident.c.number)
        )
        return list(found.scalars())

    def _effect(self, event: dict[str, Any]) -> kinship.Kin | None:
        """The incident whose restart of the service the alert began in, whatever the alert says."""
        numbers = self._restarting(event)
        if not numbers:
            return None
        held = self._incidents.setdefault(numbers[0], incidents.get(self._connection, numbers[0]))
        return kinship.Kin(incident=held, relation="effect")

    def _fire_again(self, event: dict[str, Any], held: _Held) -> Decision:
        """A repeat changes nothing; an alert that fires after it was resolved asks for another investigation."""
        if held.status == "firing":
            return "known"
        if event["starts_at"] <= held.starts_at and not self._is_of_a_later_clock(event, held):
            return "stale"
        before = self._incidents[held.number]
        self._hold(held.number, event)
        flapping = self._note_return(held.number, event)
        changes: dict[str, Any] = {"state": "open", "resolved_at": None}
        if before["state"] == "resolved" and not flapping:
            changes["run"] = before["run"] + 1
        self._change(held.number, **changes)
        return "flapping" if flapping else "fired-again"

    def _is_of_a_later_clock(self, event: dict[str, Any], held: _Held) -> bool:
        """Whether it is another firing that only looks older, as the machine's clock was set back between the two."""
        return event["starts_at"] != held.starts_at and held.starts_at > self._now

    def _note_return(self, number: int, event: dict[str, Any]) -> bool:
        """Writes down that the alert is back; returns whether it comes and goes, in which case that is written, too."""
        name = event["labels"]["alertname"]
        again = said("{name} fires again", "{name} 再次觸發", name=name)
        timeline.append(self._connection, number, "fired-again", again, at=event["starts_at"])
        returns = flaps.count(self._connection, number, self._now)
        if returns < flaps.MANY:
            return False
        text = said(
            "{name} comes and goes: {returns} times within {minutes:g} min. It is investigated no further each time.",
            "{name} 反覆觸發：{minutes:g} 分鐘內 {returns} 次。不再逐次調查。",
            name=name,
            returns=returns,
            minutes=flaps.WINDOW.total_seconds() / 60,
        )
        self._append(number, "flapping", text, key=f"flapping:{event['starts_at']:%Y%m%dT%H}")
        return True

    def _resolve(self, event: dict[str, Any], held: _Held) -> Decision:
        """The incident is resolved when the last of its alerts is."""
        number = held.number
        if event["starts_at"] < held.starts_at and not self._is_of_a_later_clock(event, held):
            return "stale"
        if held.status == "resolved" and event["notes"]:
            return "known"  # its start may be the time of receipt, and says nothing
        if event["starts_at"] > held.starts_at and held.status == "resolved":
            self._note_return(number, event)  # it fired and ended within one interval of Alertmanager's
        self._hold(number, event)
        self._write_held()
        name, at = event["labels"]["alertname"], event["ends_at"] or self._now
        if name == WATCHDOG_ALERT:
            back = said("The Watchdog comes through again", "Watchdog 恢復送達")
            timeline.append(self._connection, number, "alert-resolved", back, at=at)
        elif not incidents.is_firing(self._connection, number, _named(event)):
            text = said("{name} is resolved", "{name} 已解除", name=name)
            timeline.append(self._connection, number, "alert-resolved", text, at=at, by="alertmanager")
        if not incidents.is_firing(self._connection, number):
            self._change(number, state="resolved", resolved_at=self._now)
        return "resolved"

    def _hold(self, number: int, event: dict[str, Any]) -> None:
        """Makes the event's alert the incident's, in its newest state."""
        names = ("fingerprint", "status", "labels", "annotations", "starts_at", "ends_at")
        alertname, service = _named(event)
        values = {name: event[name] for name in names} | {"alertname": alertname, "service": service}
        self._to_hold[number, event["fingerprint"]] = {"incident": number, **values}
        self._held[event["fingerprint"]] = _Held(number=number, status=event["status"], starts_at=event["starts_at"])

    def _write_held(self) -> None:
        """Writes what `_hold` has gathered."""
        if not self._to_hold:
            return
        held = insert(self._connection, incident_alert)
        key = ("incident", "fingerprint")
        newest = {column.name: held.excluded[column.name] for column in incident_alert.c if column.name not in key}
        self._connection.execute(
            held.on_conflict_do_update(index_elements=key, set_=newest), list(self._to_hold.values())
        )
        self._to_hold.clear()

    def _change(self, number: int, **values: Any) -> None:
        """Changes the incident's row, where anything is to change."""
        before = self._incidents[number]
        if any(before[name] != value for name, value in values.items()):
            self._connection.execute(sa.update(incident).where(incident.c.number == number).values(**values))
            before.update(values)
            self._kin.clear()

    def _append(self, number: int, kind: timeline.Kind, text: Said, *, key: str | None = None) -> None:
        timeline.append(self._connection, number, kind, text, at=self._now, key=key)

    def _tell_of_joins(self) -> None:
        for (number, alertname, why), labels in self._joined.items():
            text = _joined(alertname, labels, why)
            at, many = self._now, len(labels)
            timeline.append(self._connection, number, "alert-joined", text, at=at, alertname=alertname, alerts=many)


def _joined(alertname: str, labels: list[dict[str, str]], why: Said | None) -> Said:
    """That alerts became a part of the incident, how many, the first few by name, and why."""
    text = said("{name} joined", "{name} 併入", name=alertname)
    if len(labels) > 1:
        named = [found for one in labels if (found := one.get("instance"))][:NAMED]
        some = said(": {names} …", "：{names} …", names=joined(named, ", ", "、")) if named else ""
        text = said(
            "{joined} ({count} alerts{some})",
            "{joined}（{count} 則警報{some}）",
            joined=text,
            count=len(labels),
            some=some,
        )
    return joined([text, why], ": ", "：") if why else text


def _named(event: dict[str, Any]) -> kinship.Named:
    return event["labels"]["alertname"], service_of(event["labels"])


def service_of(labels: dict[str, str]) -> str:
    """The short name of the service an alert speaks of; `unknown` where it names none."""
    return labels.get("service") or labels.get("job", "unknown").removeprefix("tixmaster-")


def title_of(event: dict[str, Any]) -> Said:
    """The alert's own summary, else its name."""
    words = event["annotations"]
    english = str(words.get("summary") or event["labels"]["alertname"])
    chinese = words.get("summary_zh") or normalize.in_chinese(english)
    return Said(english, chinese if chinese != english else None)
