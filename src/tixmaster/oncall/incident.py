"""Stage 2, incident: a stored alert event opens an incident, joins one, or ends one.

One open incident per fingerprint, and one per cause: an alert that the runbook of an open incident explains (its front
matter's `explains`) joins that incident; an alert whose runbook explains the open incident's alert takes it over, unless
it began while on-call restarted the service.
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.intake import WATCHDOG_ALERT
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.oncall.store.schema import action, alert_event, incident, incident_alert

Decision = Literal["opened", "joined", "took-over", "fired-again", "known", "stale", "resolved", "unseen"]
"""Why an event led to what it led to; the same word is stored, logged and counted."""


def absorb_waiting(desk: Desk) -> list[Decision]:
    """Decides on every event that waits, oldest first, each in a transaction of its own."""
    decisions: list[Decision] = []
    while (decision := _absorb_next(desk)) is not None:
        decisions.append(decision)
    return decisions


def _absorb_next(desk: Desk) -> Decision | None:
    now = desk.now()
    with desk.database.write() as connection:
        event = (
            connection.execute(
                sa.select(alert_event).where(alert_event.c.decision.is_(None)).order_by(alert_event.c.id).limit(1)
            )
            .mappings()
            .one_or_none()
        )
        if event is None:
            return None
        decision = _absorb(desk, connection, dict(event))
        connection.execute(
            sa.update(alert_event).where(alert_event.c.id == event["id"]).values(decision=decision, decided_at=now)
        )
    return decision


def _absorb(desk: Desk, connection: sa.Connection, event: dict[str, Any]) -> Decision:
    holder = incidents.open_with_alert(connection, event["fingerprint"])
    if event["status"] == "resolved":
        return _resolve(desk, connection, event, holder) if holder else "unseen"
    if holder:
        return _fire_again(connection, event, holder)
    related = _explained_by_each_other(desk, connection, event)
    if related:
        return _join(desk, connection, event, related)
    return _open(desk, connection, event)


def _explained_by_each_other(desk: Desk, connection: sa.Connection, event: dict[str, Any]) -> dict[str, Any] | None:
    """The open incident of the same service that explains the event's alert, or is explained by it."""
    alertname = event["labels"]["alertname"]
    for candidate in incidents.open_for_service(connection, service_of(event["labels"])):
        if desk.library.explains(candidate["alertname"], alertname) or desk.library.explains(
            alertname, candidate["alertname"]
        ):
            return candidate
    return None


def _open(desk: Desk, connection: sa.Connection, event: dict[str, Any]) -> Decision:
    labels, now = event["labels"], desk.now()
    drill = facts.drill_in_force(connection, now)
    number = connection.execute(
        sa.insert(incident)
        .values(
            fingerprint=event["fingerprint"],
            alertname=labels["alertname"],
            service=service_of(labels),
            severity=labels.get("severity", "warning"),
            title=title_of(event),
            state="open",
            drill=drill["name"] if drill else None,
            started_at=event["starts_at"],
            opened_at=now,
            run=1,
        )
        .returning(incident.c.number)
    ).scalar_one()
    _hold(connection, number, event)
    _note_arrival(connection, number, event)
    timeline.append(connection, number, "incident-opened", f"Incident opened: {title_of(event)}", at=now)
    return "opened"


def _note_arrival(connection: sa.Connection, number: int, event: dict[str, Any]) -> None:
    """Where the alert comes from: Prometheus and Alertmanager, or the dead man's switch in their place."""
    name, at = event["labels"]["alertname"], event["starts_at"]
    if name == WATCHDOG_ALERT:
        timeline.append(connection, number, "alert-firing", "The Watchdog has been silent since", at=at)
        return
    timeline.append(connection, number, "alert-firing", f"{name} began to fire", at=at, by="prometheus")
    timeline.append(
        connection, number, "webhook-received", "Alertmanager told on-call", at=event["received_at"], by="alertmanager"
    )


def _join(desk: Desk, connection: sa.Connection, event: dict[str, Any], related: dict[str, Any]) -> Decision:
    """One cause, one page: the alert becomes part of the incident that is already open."""
    alertname, number = event["labels"]["alertname"], related["number"]
    _hold(connection, number, event)
    ours = _of_our_doing(connection, number, event)
    takes_over = desk.library.explains(alertname, related["alertname"]) and not ours
    changes: dict[str, Any] = {"state": "open", "resolved_at": None}
    if takes_over:
        changes |= {"alertname": alertname, "title": title_of(event), "run": related["run"] + 1}
    connection.execute(sa.update(incident).where(incident.c.number == number).values(**changes))
    text = f"{alertname} joined"
    if takes_over:
        text += ": it explains the first alert and is investigated now"
    elif ours:
        text += ": it began while on-call restarted the service, and is no cause of its own"
    timeline.append(connection, number, "alert-joined", text, at=desk.now(), alertname=alertname)
    return "took-over" if takes_over else "joined"


def _of_our_doing(connection: sa.Connection, number: int, event: dict[str, Any]) -> bool:
    """Whether the alert began while on-call restarted that service for the incident: a long restart looks like an end."""
    began, ended = action.c.started_at, action.c.finished_at
    return connection.execute(
        sa.select(
            sa.exists().where(
                action.c.incident == number,
                action.c.service == service_of(event["labels"]),
                began <= event["starts_at"],
                sa.or_(ended.is_(None), ended >= event["starts_at"]),
                action.c.state.in_(("running", "done")),
            )
        )
    ).scalar_one()


def _fire_again(connection: sa.Connection, event: dict[str, Any], holder: dict[str, Any]) -> Decision:
    """A repeat changes nothing; an alert that fires after it was resolved asks for another investigation."""
    if holder["alert_status"] == "firing":
        return "known"
    if event["starts_at"] <= holder["alert_starts_at"]:
        return "stale"
    number = holder["number"]
    _hold(connection, number, event)
    changes: dict[str, Any] = {"state": "open", "resolved_at": None}
    if holder["state"] == "resolved":
        changes["run"] = holder["run"] + 1
    connection.execute(sa.update(incident).where(incident.c.number == number).values(**changes))
    timeline.append(
        connection, number, "fired-again", f"{event['labels']['alertname']} fires again", at=event["starts_at"]
    )
    return "fired-again"


def _resolve(desk: Desk, connection: sa.Connection, event: dict[str, Any], holder: dict[str, Any]) -> Decision:
    """The incident is resolved when the last of its alerts is."""
    number, now = holder["number"], desk.now()
    if event["starts_at"] < holder["alert_starts_at"]:
        return "stale"
    _hold(connection, number, event)
    name, at = event["labels"]["alertname"], event["ends_at"] or now
    if name == WATCHDOG_ALERT:
        timeline.append(connection, number, "alert-resolved", "The Watchdog comes through again", at=at)
    else:
        timeline.append(connection, number, "alert-resolved", f"{name} is resolved", at=at, by="alertmanager")
    if not incidents.has_firing_alert(connection, number):
        connection.execute(
            sa.update(incident).where(incident.c.number == number).values(state="resolved", resolved_at=now)
        )
    return "resolved"


def _hold(connection: sa.Connection, number: int, event: dict[str, Any]) -> None:
    """Makes the event's alert the incident's, in its newest state."""
    connection.execute(
        sa.delete(incident_alert).where(
            incident_alert.c.incident == number, incident_alert.c.fingerprint == event["fingerprint"]
        )
    )
    connection.execute(
        sa.insert(incident_alert).values(
            incident=number,
            alertname=event["labels"]["alertname"],
            **{
                name: event[name] for name in ("fingerprint", "status", "labels", "annotations", "starts_at", "ends_at")
            },
        )
    )


def service_of(labels: dict[str, str]) -> str:
    """The short name of the service an alert speaks of; `unknown` where it names none."""
    return labels.get("service") or labels.get("job", "unknown").removeprefix("tixmaster-")


def title_of(event: dict[str, Any]) -> str:
    """The alert's own summary, else its name."""
    return str(event["annotations"].get("summary") or event["labels"]["alertname"])
